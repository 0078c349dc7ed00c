-- vi: Tìm trong các bản tin
-- en: Search the bulletins
-- about_vi: Mỗi dòng là một bản tin có đủ các từ đã gõ, ở tiêu đề hay nội dung. Gõ không dấu cũng tìm được; số có hay không có dấu
--   chấm đều như nhau; đặt trong ngoặc kép để tìm cả cụm từ; thêm title: trước một từ để chỉ tìm trong tiêu đề; thêm * sau một
--   từ để tìm mọi từ bắt đầu như vậy.
-- about_en: A row is a bulletin with all the words that were typed, in title or text. Typed without accents they are found under
--   all; a number with and without separators; quotes make a phrase, title: before a word asks for it in the title, * behind
--   it lets it go on.
-- order: 5
-- param q: Từ cần tìm | Words
-- param sort: Xếp theo | Sort by | | select 'newest', 'Mới nhất trước', 'Newest first'

with hits as (
  select * from (
    select rowid as article, rank from articles_fts
    where trim(:q) <> '' and :sort <> 'newest' and articles_fts match search_terms(:q) order by rank limit 50)
  union all
  select * from (
    select id, 0 from articles
    where trim(:q) <> '' and :sort = 'newest'
      and id in (select rowid from articles_fts where articles_fts match search_terms(:q))
    order by published_on desc limit 50)
  union all
  select * from (select id, 0 from articles where trim(:q) = '' order by published_on desc limit 50)
)
select a.published_on, a.title, search_snippet(a.body, :q) as snippet, a.place, a.state, a.topic, a.portal, a.section,
  a.id as article, a.installation, a.source_id, a.url, p.name as portal_name
from hits h join articles a on a.id = h.article join portals p on p.id = a.portal
order by h.rank, a.published_on desc, a.id desc
