-- vi: Những bản tin đã biến mất (nguồn cấp tin)
-- en: Disappearances (feed)
-- about_vi: Mỗi dòng là một bản tin không còn trên cổng, nhiều nhất 100; thêm .atom vào địa chỉ để theo dõi bằng trình đọc tin.
-- about_en: A row is a bulletin that is no longer on the portal, at most 100; with .atom behind the address it is a feed.

select substr('tag:collector.invalid,2024:' || a.installation || '/' || a.source_id || '/gone/' || a.gone_at, 1, 1000)
    as atom_id,
  substr(a.title, 1, 500) as atom_title, a.gone_at as atom_updated,
  substr(case when a.url like 'https://%' or a.url like 'http://%' then a.url
    when p.base_url like 'http%' then p.base_url else 'about:blank' end, 1, 2000) as atom_link,
  substr(coalesce(p.attribution, p.publisher, p.name), 1, 500) as atom_author_name,
  'Thấy lần cuối / last seen: ' || a.last_seen_at || char(10) || 'Không còn / gone: ' || a.gone_at || char(10)
    || substr(coalesce(nullif(a.lead, ''), a.body), 1, 1000) as atom_content
from (select id from articles where state = 'gone' order by gone_at desc, id desc limit 100) newest
join articles a on a.id = newest.id join portals p on p.id = a.portal
order by a.gone_at desc, a.id desc
