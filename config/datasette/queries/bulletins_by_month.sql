-- vi: Bản tin theo tháng
-- en: Bulletins by month
-- about_vi: Số bản tin mỗi tháng.
-- about_en: Bulletins a month.
-- order: 2
-- plot: bar x=month y=bulletins color=topic
select substr(published_on, 1, 7) as month, coalesce(topic, 'other') as topic, count(*) as bulletins from articles group by 1, 2
