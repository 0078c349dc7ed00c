-- vi: Người có công và trợ cấp xã hội theo năm
-- en: People with merit and social allowances by year
-- about_vi: Mỗi dòng là một chỉ tiêu của một tỉnh trong một năm, theo từng đơn vị tính: con số toàn tỉnh bao quát nhiều
--   tháng nhất trong năm, lớn nhất nếu có nhiều số; số có thể đọc cách khác không được tính. Số liệu các dòng trùng lặp nhau
--   một phần: không cộng lại. Người và tiền không chung một thang đo: biểu đồ chỉ rõ khi chọn một chỉ tiêu.
-- about_en: A row is a measure of a province in a year, for each way of counting (unit): the figure for the whole province
--   that covers most of the year, the largest of several; what may be read otherwise is left out. Rows overlap: do not add
--   them up. People and money have no scale in common: the plot is plain where one measure is chosen.
-- order: 40
-- plot: point x=year y=value color=name_vi
-- param province: Tỉnh, thành phố | Province or city | | provinces
-- param measure: Chỉ tiêu | Measure | social_allowance_recipients | select id, name_vi, name_en from measures
--   where id in ('merit_people', 'merit_monthly_allowance_recipients', 'merit_allowance_spending',
--   'social_allowance_recipients', 'social_allowance_payments', 'social_allowance_spending') order by name_vi

with largest as (
  select year, measure, province, province_now, lower(unit) as counted_in, months, max(value), indicator
  from figure_series
  where measure in ('merit_people', 'merit_monthly_allowance_recipients', 'merit_allowance_spending',
      'social_allowance_recipients', 'social_allowance_payments', 'social_allowance_spending')
    and direction = 'level' and whole_province = 1 and relative = 0 and ambiguous = 0 and year is not null
    and months is not null
    and (:measure = '' or measure = :measure) and (:province = '' or :province in (province, province_now))
  group by year, measure, province, province_now, lower(unit), months
), best as (
  select counted_in, max(months), indicator from largest group by year, measure, province, province_now, counted_in
)
select s.year, s.measure, s.name_vi, s.name_en, s.province, s.province_now, s.value, b.counted_in as unit, s.qualifier,
  s.period, s.printed, s.published_on, s.title, s.sentence, s.article, s.indicator, s.url
from best b join figure_series s on s.indicator = b.indicator
order by s.year desc, s.measure, s.province, s.value desc
