"""Full-text search: an index over title and body that plain SQL finds every spelling in.

``select articles.* from articles join articles_fts on articles.id = articles_fts.rowid
where articles_fts match '"viec lam"' order by rank``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collector.vietnamese import spellings

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


def matching(text: str) -> str:
    return " ".join(f'"{w}"' for w in text.replace('"', " ").split())
