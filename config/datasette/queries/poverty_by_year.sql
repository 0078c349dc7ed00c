-- vi: Hộ nghèo và tỷ lệ hộ nghèo theo năm
-- en: Poverty by year: households and rates
-- about_vi: Mỗi dòng là một năm của một tỉnh, theo các con số toàn tỉnh ở thời điểm muộn nhất trong năm: số hộ lớn nhất được
--   nêu, tỷ lệ được nhiều bản tin nêu nhất; tỷ lệ thấp nhất và cao nhất cho biết các bản tin chênh nhau đến đâu. “Hộ nghèo giảm” là
--   số hộ nghèo giảm trong năm. Số có thể đọc cách khác không được tính ở đây.
-- about_en: A row is a year of a province, by figures of the whole province at the latest time of the year that is told: the
--   largest number of households, the rate that most bulletins give; lowest and highest rate tell how far they differ.
--   “Fewer poor households” is by how many households poverty fell in the year. What may be read otherwise is left out.
-- order: 30
-- plot: line x=year y=poverty_rate color=province
-- param province: Tỉnh, thành phố | Province or city | | provinces

with told as (
  select measure, year, province, province_now, until_month, value, count(distinct article) as bulletins,
    max(published_on) as published_on, max(article) as article
  from figure_series
  where measure in ('poor_households', 'near_poor_households', 'poverty_rate', 'near_poverty_rate')
    and direction = 'level' and whole_province = 1 and relative = 0 and ambiguous = 0 and year is not null
    and (:province = '' or :province in (province, province_now))
  group by measure, year, province, province_now, until_month, value
  union all
  select 'fewer_poor_households', year, province, province_now, until_month, value, count(distinct article),
    max(published_on), max(article)
  from figure_series
  where measure = 'poor_households' and direction = 'decrease' and whole_province = 1 and relative = 0 and ambiguous = 0
    and year is not null and months = cast(substr(until_month, 6) as integer)
    and (:province = '' or :province in (province, province_now))
  group by year, province, province_now, until_month, value
), ranked as (
  select *, row_number() over (partition by measure, year, province, province_now order by until_month desc,
    iif(measure like '%_rate', bulletins, value) desc, published_on desc, value desc) as place,
    rank() over (partition by measure, year, province, province_now order by until_month desc) as moment
  from told
)
select year, province, province_now,
  max(iif(measure = 'poor_households' and place = 1, value, null)) as poor_households,
  max(iif(measure = 'poor_households', until_month, null)) as households_until_month,
  max(iif(measure = 'fewer_poor_households' and place = 1, value, null)) as fewer_poor_households,
  max(iif(measure = 'poverty_rate' and place = 1, value, null)) as poverty_rate,
  max(iif(measure = 'poverty_rate', until_month, null)) as rate_until_month,
  min(iif(measure = 'poverty_rate', value, null)) as rate_low,
  max(iif(measure = 'poverty_rate', value, null)) as rate_high,
  max(iif(measure = 'near_poor_households' and place = 1, value, null)) as near_poor_households,
  max(iif(measure = 'near_poverty_rate' and place = 1, value, null)) as near_poverty_rate,
  max(iif(place = 1, published_on, null)) as published_on,
  coalesce(max(iif(measure = 'poverty_rate' and place = 1, article, null)),
    max(iif(measure = 'poor_households' and place = 1, article, null)), max(iif(place = 1, article, null))) as article
from ranked
where moment = 1
group by year, province, province_now
order by year desc, province
