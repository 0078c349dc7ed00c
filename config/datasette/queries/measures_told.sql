-- vi: Các chỉ tiêu có số liệu
-- en: Measures with figures
-- about_vi: Mỗi dòng là một chỉ tiêu mà các bản tin có nêu số liệu: có bao nhiêu con số, và ngày của bản tin mới nhất nêu chỉ tiêu đó.
-- about_en: A row is a measure that bulletins give figures of: how many figures, and the day of the newest bulletin.
-- order: 90

select m.id as measure, m.name_vi, m.name_en, m.field, m.unit,
  (select count(*) from figure_series s where s.measure = m.id) as figures,
  (select max(s.published_on) from figure_series s where s.measure = m.id) as newest_on
from measures m
where exists (select 1 from figure_series s where s.measure = m.id)
order by m.name_vi
