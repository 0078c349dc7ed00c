-- vi: Số việc làm tạo ra theo năm
-- en: Jobs created by year
-- about_vi: Mỗi dòng là một năm của một tỉnh: con số toàn tỉnh bao quát nhiều tháng nhất trong năm, lớn nhất nếu có nhiều số,
--   và tỷ lệ so với kế hoạch mà bản tin có con số đó nêu. Không cộng số của các huyện hay các kỳ lũy kế; năm nào chưa có số cả
--   năm thì cột “Kỳ” cho biết tính đến đâu. Số có thể đọc cách khác không được tính ở đây.
-- about_en: A row is a year of a province: the figure for the whole province that covers most of the year, the largest of
--   several, and the share of the plan that a bulletin with this figure tells. Districts and cumulative periods are not added
--   up; where no figure of the whole year is known, “period” says how far it reaches. What may be read otherwise is left out.
-- order: 10
-- plot: bar x=months_told y=jobs_created color=province
-- param province: Tỉnh, thành phố | Province or city | | provinces

with largest as (
  select year, province, province_now, months, max(value), indicator
  from figure_series
  where measure = 'jobs_created' and direction = 'level' and whole_province = 1 and relative = 0 and ambiguous = 0
    and year is not null and months is not null and (:province = '' or :province in (province, province_now))
  group by year, province, province_now, months
), best as (
  select max(months), indicator from largest group by year, province, province_now
)
select s.year, s.province, s.province_now, s.value as jobs_created, s.qualifier, s.period,
  -- First who tells this very figure, then what else they tell: shares of plan are thousands a year.
  (select t.value from figure_series e cross join figure_series t on t.article = e.article
    where e.measure = 'jobs_created' and e.direction = 'level' and e.whole_province = 1 and e.relative = 0
      and e.ambiguous = 0 and e.year = s.year and e.province is s.province and e.months = s.months
      and e.until_month = s.until_month and e.value = s.value
      and +t.measure = 'jobs_created' and +t.direction = 'target_attainment' and +t.whole_province = 1
      and +t.relative = 1 and +t.ambiguous = 0 and +t.year = s.year and t.province is s.province and t.period = s.period
    order by t.article = s.article desc, t.published_on desc, t.indicator limit 1) as percent_of_plan,
  (select t.value from figure_series t where t.measure = 'jobs_created' and t.direction = 'plan_target'
    and t.whole_province = 1 and t.relative = 0 and t.ambiguous = 0 and t.year = s.year and t.province is s.province
    and t.months = 12
    order by t.published_on desc, t.indicator limit 1) as planned,
  s.printed, s.published_on, s.title, s.sentence,
  -- A bar of three months beside one of twelve must say so: "2024 (1–3)".
  s.year || iif(s.months = 12, '', ' (' || (cast(substr(s.until_month, 6) as integer) - s.months + 1) || '–'
    || cast(substr(s.until_month, 6) as integer) || ')') as months_told,
  s.article, s.indicator, s.url
from best b join figure_series s on s.indicator = b.indicator
order by s.year desc, s.province
