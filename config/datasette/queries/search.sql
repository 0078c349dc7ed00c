-- vi: Tìm trong kho
-- en: Search the archive
-- about_vi: Tìm toàn văn.
-- about_en: Full text search.
-- order: 1
-- param q: Từ cần tìm | What to look for
select a.id as article, a.installation, a.source_id, a.portal, a.published_on, a.title, search_snippet(a.body, :q) as snippet
from articles_fts join articles a on a.id = articles_fts.rowid
where articles_fts match search_terms(:q) and :q <> '' order by rank limit 50
