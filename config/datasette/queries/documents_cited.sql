-- vi: Văn bản được viện dẫn
-- en: Documents cited
-- about_vi: Mỗi dòng là một văn bản pháp luật mà các bản tin viện dẫn, và số bản tin viện dẫn văn bản đó.
-- about_en: A row is a legal document as bulletins cite it, and how many bulletins cite it.
-- order: 80
-- param number: Số hiệu hoặc một phần | Number or a part of it

with cited as (
  select number, max(kind) as kind, count(*) as bulletins, min(published_on) as first_on, max(published_on) as last_on
  from _current_citations
  where :number = '' or instr(replace(replace(lower(number), 'Đ', 'd'), 'đ', 'd'),
    replace(replace(lower(trim(:number)), 'Đ', 'd'), 'đ', 'd')) > 0
  group by number
  order by bulletins desc, last_on desc, number
  limit 500
)
select number, kind, bulletins, first_on, last_on,
  (select c.article from _current_citations c where c.number = cited.number order by c.published_on desc limit 1) as article
from cited
order by bulletins desc, last_on desc, number
