-- vi: Chuỗi số liệu của một chỉ tiêu
-- en: The series of a measure
-- about_vi: Mỗi dòng là một con số như bản tin đã in, kèm câu văn chứa nó. Số của huyện nằm trong số của tỉnh, số chín tháng
--   nằm trong số cả năm: không cộng các dòng với nhau.
-- about_en: A row is one figure as a bulletin printed it, with its sentence. A district's figure is part of its province's
--   and nine months are part of the year: do not add rows up.
-- order: 20
-- plot: point x=until_month y=value color=place
-- param measure: Chỉ tiêu | Measure | jobs_created | select id, name_vi, name_en from measures m
--   where exists (select 1 from figure_series s where s.measure = m.id) order by name_vi
-- param province: Tỉnh, thành phố | Province or city | | provinces
-- param period: Năm hoặc kỳ (2023, 2023-H1, 2023-M09, 2023-09) | Year or period (2023, 2023-H1, 2023-M09, 2023-09)
-- param direction: Loại số | Kind of figure | level | select 'level', 'Mức đạt được', 'Level' union all
--   select 'increase', 'Tăng', 'Increase' union all select 'decrease', 'Giảm', 'Decrease' union all
--   select 'target_attainment', 'So với kế hoạch', 'Share of plan' union all
--   select 'plan_target', 'Chỉ tiêu kế hoạch', 'Planned'
-- param extent: Phạm vi | Extent | | select 'province', 'Toàn tỉnh', 'Whole province' union all
--   select 'part', 'Huyện, xã hoặc một phần', 'District, commune or another part'

with chosen as (
  select * from (
    select indicator from figure_series
    where :measure <> '' and measure = :measure
      and (:province = '' or :province in (province, province_now)) and (:direction = '' or direction = :direction)
      and (:period = '' or period = :period or year = :period)
      and (:extent = '' or whole_province = (:extent = 'province'))
    order by published_on desc limit 1000)
  union all
  select * from (
    select indicator from figure_series
    where :measure = ''
      and (:province = '' or :province in (province, province_now)) and (:direction = '' or direction = :direction)
      and (:period = '' or period = :period or year = :period)
      and (:extent = '' or whole_province = (:extent = 'province'))
    order by published_on desc limit 1000)
)
select s.published_on, s.period, s.until_month, s.measure, s.name_vi, s.name_en, s.province, s.province_now,
  iif(s.whole_province, s.province, coalesce(s.place, s.province)) as place, s.whole_province, s.direction, s.value,
  s.value_max, s.printed, s.unit, s.qualifier, s.ambiguous, s.sentence, s.title, s.article, s.indicator, s.url
from chosen c join figure_series s on s.indicator = c.indicator
order by s.published_on desc, s.indicator
