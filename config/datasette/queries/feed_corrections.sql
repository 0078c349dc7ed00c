-- vi: Những gì đã được sửa (nguồn cấp tin)
-- en: Corrections (feed)
-- about_vi: Mỗi dòng là một lần cổng sửa một bản tin, với từng mục trước và sau khi sửa, nhiều nhất 100; thêm .atom vào địa chỉ
--   để theo dõi bằng trình đọc tin.
-- about_en: A row is one edit of a bulletin by the portal, with each field before and after it, at most 100; with .atom behind
--   the address it is a feed.

select substr('tag:collector.invalid,2024:' || a.installation || '/' || a.source_id || '/revision/'
    || substr(r.content_hash, 1, 16) || '/' || r.id, 1, 1000) as atom_id,
  substr(a.title, 1, 500) as atom_title, e.seen_at as atom_updated,
  substr(case when a.url like 'https://%' or a.url like 'http://%' then a.url
    when p.base_url like 'http%' then p.base_url else 'about:blank' end, 1, 2000) as atom_link,
  substr(coalesce(p.attribution, p.publisher, p.name), 1, 500) as atom_author_name,
  (select substr(group_concat(coalesce(c.name_vi, c.field) || ': ' || coalesce(substr(c.before, 1, 500), '∅')
    || ' → ' || coalesce(substr(c.after, 1, 500), '∅'), char(10)), 1, 20000) from corrected c where c.revision = r.id)
    as atom_content
from (select revision, max(seen_at) as seen_at from (select revision, seen_at from corrections
  order by seen_at desc, id desc limit 2000) group by revision order by 2 desc limit 100) e
join revisions r on r.id = e.revision join articles a on a.id = r.article join portals p on p.id = a.portal
order by e.seen_at desc, r.id desc
