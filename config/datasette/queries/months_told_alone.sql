-- vi: Số liệu của từng tháng
-- en: Figures of single months
-- about_vi: Mỗi dòng là một con số của riêng một tháng (không phải số lũy kế từ đầu năm) như bản tin ghi. Số của huyện nằm trong
--   số của tỉnh. Không chọn chỉ tiêu thì là số người hưởng trợ cấp thất nghiệp.
-- about_en: A row is a figure of one month alone (none that counts from January on) as a bulletin printed it. A district's
--   figure is part of its province's. Without a measure: recipients of unemployment benefit.
-- order: 27
-- plot: point x=month y=value color=place
-- param measure: Chỉ tiêu | Measure | unemployment_benefit_recipients | select id, name_vi, name_en from measures m
--   where exists (select 1 from figure_series s where s.measure = m.id) order by name_vi
-- param province: Tỉnh, thành phố | Province or city | | provinces

select s.period as month, s.measure, s.name_vi, s.name_en, s.province, s.province_now,
  iif(s.whole_province, s.province, coalesce(s.place, s.province)) as place, s.whole_province, s.value, s.value_max,
  s.printed, s.unit, s.qualifier, s.ambiguous, s.published_on, s.title, s.sentence, s.article, s.indicator, s.url
from figure_series s
where s.measure = coalesce(nullif(:measure, ''), 'unemployment_benefit_recipients') and s.direction = 'level'
  and s.months = 1 and s.period not glob '*-M*' and s.relative = 0
  and (:province = '' or :province in (s.province, s.province_now))
order by s.period desc, s.published_on desc, s.indicator
limit 1000
