-- vi: Số bản tin theo tháng và lĩnh vực
-- en: Bulletins by month and field
-- about_vi: Mỗi dòng là một lĩnh vực trong một tháng: số bản tin về lao động - xã hội có nói đến nó. Một bản tin nói đến nhiều
--   lĩnh vực được tính ở mỗi lĩnh vực; dòng “tất cả” tính mỗi bản tin một lần.
-- about_en: A row is a field in a month: how many bulletins about labour and social affairs touch it. One that touches
--   several counts in each; the row (all) counts each bulletin once.
-- order: 100
-- plot: line x=month y=bulletins color=field
-- param field: Lĩnh vực | Field | | select distinct field, field, field from measures order by 1
-- param year: Năm | Year | | with recursive years(year) as (select
--   cast(substr(max(published_on), 1, 4) as integer) from articles union all select year - 1 from years
--   where year > (select cast(substr(min(published_on), 1, 4) as integer) from articles)) select year from years
--   where year is not null

select month, field, count(*) as bulletins
from _current_fields
where (:field = '' or field = :field) and month >= :year and (:year = '' or month <= :year || '-12')
group by month, field
order by month desc, field
