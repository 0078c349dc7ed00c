-- vi: So sánh các tỉnh, thành phố trong một năm
-- en: Provinces compared in a year
-- about_vi: Mỗi dòng là một tỉnh trong một năm: con số toàn tỉnh bao quát nhiều tháng nhất trong năm, lớn nhất nếu có nhiều số;
--   cột “Kỳ” cho biết tính đến đâu, nên chỉ so được hai tỉnh có cùng kỳ. Số có thể đọc cách khác không được tính ở đây.
--   Không chọn chỉ tiêu thì là số việc làm tạo ra.
-- about_en: A row is a province in a year: the figure for the whole province that covers most of the year, the largest of
--   several; “period” says how far it reaches, so that two provinces compare only where it is the same. What may be read
--   otherwise is left out. Without a measure: jobs created.
-- order: 25
-- plot: bar x=province y=value color=period
-- param measure: Chỉ tiêu | Measure | jobs_created | select id, name_vi, name_en from measures m
--   where exists (select 1 from figure_series s where s.measure = m.id) order by name_vi
-- param year: Năm | Year | | with recursive years(year) as (select
--   cast(substr(max(published_on), 1, 4) as integer) from articles union all select year - 1 from years
--   where year > (select cast(substr(min(published_on), 1, 4) as integer) from articles)) select year from years
--   where year is not null

with largest as (
  select year, province, province_now, months, max(value), indicator
  from figure_series
  where measure = coalesce(nullif(:measure, ''), 'jobs_created') and direction = 'level' and whole_province = 1
    and relative = 0 and ambiguous = 0 and year is not null and months is not null and (:year = '' or year = :year)
  group by year, province, province_now, months
), best as (
  select max(months), indicator from largest group by year, province, province_now
)
select s.year, s.province, s.province_now, s.value, s.value_max, s.unit, s.qualifier, s.period, s.measure, s.name_vi,
  s.name_en, s.printed, s.published_on, s.title, s.sentence, s.article, s.indicator, s.url
from best b join figure_series s on s.indicator = b.indicator
order by s.year desc, s.value desc
