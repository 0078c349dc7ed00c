-- vi: Văn bản được viện dẫn
-- en: Documents cited
-- about_vi: Mỗi hàng là một văn bản pháp quy như các bản tin viện dẫn, và số bản tin viện dẫn nó.
-- about_en: A row is a legal document as bulletins cite it, and how many bulletins cite it.
-- order: 80
-- param number: Số hiệu hoặc một phần | Number or a part of it

with cited as (
  select d.number, d.kind, a.article, a.published_on
  from documents d
  join (select id as article, revision, published_on from articles where state = 'live' and topic = 'labour') a
    on a.revision = d.revision
  where :number = '' or instr(lower(d.number), lower(trim(:number))) > 0
)
select number, max(kind) as kind, count(distinct article) as bulletins, min(published_on) as first_on,
  max(published_on) as last_on, article as newest_article
from cited
group by number
order by bulletins desc, last_on desc, number
limit 500
