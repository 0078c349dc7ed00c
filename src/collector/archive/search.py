"""Full-text search: an index over title and body that plain SQL finds every spelling in.

``select articles.* from articles join articles_fts on articles.id = articles_fts.rowid
where articles_fts match '"viec lam"' order by rank``

What people type into a search box is no such expression: :func:`matching` makes one of it, in Datasette as the SQL
function ``search_terms``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from collector.vietnamese import spellings
from collector.vietnamese.characters import clean

if TYPE_CHECKING:
    from sqlite_utils import Database

#: The columns ``folded`` and ``respelled`` are only indexed, not stored: the view gives them as empty.
#:
#: remove_diacritics 0: the tokenizer's own folding merges ``thế`` with ``thể`` and never finds ``đường`` by ``duong``.
#: The comment is for Datasette and sqlite-utils, which look for these words to know that ``articles`` is searchable.
#: A hit in the title counts ten times one in the body, a hit in the body twice one without accents.
TABLES = """
create view _searched as select id, title, body, '' as folded, '' as respelled from articles;
create virtual table articles_fts using fts5 /* content="articles" */ (
  title, body, folded, respelled,
  content='_searched', content_rowid='id', tokenize='unicode61 remove_diacritics 0'
);
insert into articles_fts (articles_fts, rank) values ('rank', 'bm25(10.0, 1.0, 0.5, 0.5)');
"""

#: More than this of what was typed is not looked at: FTS5 refuses expressions that are nested 256 deep.
_LONGEST, _MOST_TERMS = 1000, 32
#: Finds nothing; an empty expression is an error.
_NOTHING = '""'
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″＂", '"'))
_TERM = re.compile(r'(?P<title>(?i:title):)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))(?P<prefix>(?<=")\*)?')


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase that was typed."""

    text: str
    title: bool  #: it is to stand in the title
    prefix: bool  #: its last word may go on


def add(db: Database, article: int, title: str, body: str) -> None:
    """Index an article that is not in the index."""
    db.execute(
        "insert into articles_fts (rowid, title, body, folded, respelled) values (?, ?, ?, ?, ?)",
        [article, *_columns(title, body)],
    )


def remove(db: Database, article: int, title: str, body: str) -> None:
    """Take an article out of the index; title and body as they were when it was added."""
    db.execute(
        "insert into articles_fts (articles_fts, rowid, title, body, folded, respelled) "
        "values ('delete', ?, ?, ?, ?, ?)",
        [article, *_columns(title, body)],
    )


def rebuild(db: Database) -> None:
    """Index every article anew; FTS5's own ``rebuild`` would leave out the spellings."""
    db.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    # Row by row: all the texts at once are gigabytes in an archive of some years.
    for article, title, body in db.execute("select id, title, body from articles"):
        add(db, article, title, body)


def _columns(title: str, body: str) -> tuple[str, str, str, str]:
    both = f"{title}\n{body}"
    return title, body, spellings.folded(both), spellings.respelled(both)


def matching(text: str | None) -> str:
    """Return FTS5's expression for what somebody typed into a search box.

    Each word has to stand somewhere, in any order; what is in quotes, in this order. ``*`` behind a word lets it go on,
    ``title:`` before it asks for it in the title, as it is spelled there. Everything else that FTS5's language means
    something by is only text, so that no input is an error; of what has no letter and no digit nothing is found.

    >>> matching('hộ nghèo "Kế Sách" title:2023 AND')
    '"hộ" AND "nghèo" AND "Kế Sách" AND ({title} : "2023") AND "AND"'
    """
    found = []
    for term in terms(text or ""):
        quoted = f'"{term.text}"' + " *" * term.prefix
        found.append(f"({{title}} : {quoted})" if term.title else quoted)
    return " AND ".join(dict.fromkeys(found)) or _NOTHING


def terms(typed: str) -> tuple[Term, ...]:
    """Return what is looked for: the first words and phrases of what was typed."""
    return tuple(islice(_terms(typed[:_LONGEST]), _MOST_TERMS))


def _terms(typed: str) -> Iterator[Term]:
    # Through UTF-8, because half of a surrogate pair is a character for Python and none for SQLite.
    whole = clean(typed.encode("utf-8", "ignore").decode()).translate(_QUOTES)
    for match in _TERM.finditer(whole):
        text = match["phrase"] if match["word"] is None else match["word"].rstrip("*")
        if any(map(str.isalnum, text)):
            prefix = match["prefix"] is not None or (match["word"] or "").endswith("*")
            yield Term(" ".join(text.split()), match["title"] is not None, prefix and text[-1:].isalnum())
