-- vi: Ai được nêu với chức vụ nào
-- en: Who appears with which office
-- about_vi: Mỗi dòng là một người với một chức vụ như các bản tin ghi, và số bản tin ghi như vậy. Hai người trùng tên chung một
--   dòng; một người được viết hai cách thành hai dòng. Gõ tên có dấu hay không dấu đều tìm được.
-- about_en: A row is a person with an office as bulletins print it, and how many print it so. Two people of one name are one
--   row, one person spelt in two ways two. A name is found with and without accents.
-- order: 70
-- param name: Tên hoặc một phần tên | Name or part of a name

with candidates as (
  select person, instr(lower(person), lower(:name)) > 0 as as_typed from _people_fts
  -- A null character would end the expression in its middle.
  where _people_fts match iif(instr(:name, char(0)), '""', '"' || replace(replace(replace(:name, 'đ', 'd'), 'Đ', 'D'), '"', ' ') || '"*')
), chosen as (
  select person from candidates where as_typed or not exists (select 1 from candidates where as_typed)
), named as (
  select o.person, o.office, count(*) as bulletins, min(o.published_on) as first_on, max(o.published_on) as last_on
  from chosen c cross join _current_offices o on o.person = c.person
  where trim(:name) <> ''
  group by o.person, o.office
  union all
  select person, office, count(*), min(published_on), max(published_on)
  from _current_offices
  where trim(:name) = ''
  group by person, office
)
select person, nullif(office, '') as office, bulletins, first_on, last_on,
  (select o.article from _current_offices o where o.person = most.person and o.office = most.office
    order by o.published_on desc limit 1) as article
from (select * from named order by bulletins desc, last_on desc, person, office limit 500) as most
order by bulletins desc, last_on desc, person, most.office
