-- vi: Tìm trong các bản tin
-- en: Search the bulletins
-- about_vi: Mỗi hàng là một bản tin có đủ các từ đã gõ, ở tiêu đề hay nội dung. Gõ không dấu cũng tìm được; số có hay không có dấu
--   chấm đều như nhau; đặt trong ngoặc kép là một cụm từ; title: trước một từ là tìm trong tiêu đề; * sau một từ là phần đầu từ.
-- about_en: A row is a bulletin with all the words that were typed, in title or text. Typed without accents they are found under
--   all; a number with and without separators; quotes make a phrase, title: before a word asks for it in the title, * behind
--   it lets it go on.
-- order: 5
-- param q: Từ cần tìm | Words
-- param sort: Xếp theo | Sort by | | select 'best', 'Khớp nhất', 'Best match' union all
--   select 'newest', 'Mới nhất', 'Newest'

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
  a.id as article, a.installation, a.source_id, a.url
from hits h join articles a on a.id = h.article
order by h.rank, a.published_on desc, a.id desc
