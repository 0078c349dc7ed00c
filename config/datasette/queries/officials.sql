-- vi: Ai xuất hiện với chức vụ nào
-- en: Who appears with which office
-- about_vi: Mỗi hàng là một người cùng một chức vụ như các bản tin đã in, và số bản tin nêu như vậy. Hai người trùng tên là một
--   hàng; một người viết hai cách là hai hàng. Tên gõ có dấu hay không dấu đều tìm được.
-- about_en: A row is a person with an office as bulletins print it, and how many print it so. Two people of one name are one
--   row, one person spelt in two ways two. A name is found with and without accents.
-- order: 70
-- param name: Tên hoặc một phần tên | Name or part of a name

with candidates as (
  select person, instr(lower(person), lower(:name)) > 0 as as_typed from _people_fts
  where _people_fts match '"' || replace(replace(replace(:name, 'đ', 'd'), 'Đ', 'D'), '"', ' ') || '"*'
), chosen as (
  select person from candidates where as_typed or not exists (select 1 from candidates where as_typed)
), named as (
  select p.person, p.title, a.article, a.published_on
  from chosen c join appearances p on p.person = c.person
  join (select id as article, revision, published_on from articles where state = 'live' and topic = 'labour') a
    on a.revision = p.revision
  where trim(:name) <> ''
  union all
  select p.person, p.title, a.article, a.published_on
  from appearances p
  join (select id as article, revision, published_on from articles where state = 'live' and topic = 'labour') a
    on a.revision = p.revision
  where trim(:name) = ''
)
select person, title as office, count(distinct article) as bulletins, min(published_on) as first_on,
  max(published_on) as last_on, article as newest_article
from named
group by person, title
order by bulletins desc, last_on desc, person
limit 500
