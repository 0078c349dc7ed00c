-- vi: Số bản tin theo tháng và lĩnh vực
-- en: Bulletins by month and field
-- about_vi: Mỗi hàng là một lĩnh vực trong một tháng: số bản tin về lao động - xã hội có nói đến nó. Một bản tin nói đến nhiều
--   lĩnh vực được tính ở mỗi lĩnh vực; hàng (all) tính mỗi bản tin một lần.
-- about_en: A row is a field in a month: how many bulletins about labour and social affairs touch it. One that touches
--   several counts in each; the row (all) counts each bulletin once.
-- order: 100
-- plot: line x=month y=bulletins color=field
-- param field: Lĩnh vực | Field | | select distinct field, field, field from measures order by 1
-- param year: Năm | Year | | with recursive years(year) as (select
--   cast(substr(max(published_on), 1, 4) as integer) from articles union all select year - 1 from years
--   where year > (select cast(substr(min(published_on), 1, 4) as integer) from articles)) select year from years
--   where year is not null

with months as (
  select substr(published_on, 1, 7) as month, fields, count(*) as bulletins
  from articles
  where state = 'live' and topic = 'labour' and substr(published_on, 1, 7) >= :year
    and (:year = '' or substr(published_on, 1, 7) <= :year || '-12')
  group by substr(published_on, 1, 7), fields
)
select month, field, sum(bulletins) as bulletins
from (
  select m.month, f.value as field, m.bulletins from months m, json_each(coalesce(m.fields, '[]')) f
  union all
  select month, '(all)', bulletins from months
)
where :field = '' or field = :field
group by month, field
order by month desc, field
