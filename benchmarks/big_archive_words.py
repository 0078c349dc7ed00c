"""What stands around the figures of a generated bulletin: places, officials, documents and sentences, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.demo.composing import DISTRICTS


@dataclass(frozen=True, slots=True)
class Province:
    """Where a portal's bulletins happen."""

    id: str  #: of ``places.toml``, and of the portal
    name: str
    districts: Mapping[str, str]  #: the demo's district → this province's
    communes: Sequence[str]  #: in place of the demo's, by their order; empty: they stay


#: Public names of before July 2025.
PROVINCES = (
    Province("soc-trang", "Sóc Trăng", {}, ()),
    Province(
        "tra-vinh",
        "Trà Vinh",
        dict(
            zip(
                DISTRICTS,
                (
                    *("Càng Long", "Cầu Kè", "Tiểu Cần", "Trà Cú", "Cầu Ngang"),
                    *("Duyên Hải", "Trà Vinh", "Duyên Hải", "Càng Long", "Châu Thành"),
                ),
                strict=True,
            )
        ),
        (
            *("An Trường", "Đức Mỹ", "Huyền Hội", "Nhị Long", "Phương Thạnh", "Tân An", "Tân Bình", "Hòa Ân"),
            *("Hòa Tân", "Phong Phú", "Phong Thạnh", "Tam Ngãi", "Thông Hòa", "Hiếu Tử", "Hiếu Trung", "Hùng Hòa"),
            *("Long Thới", "Ngãi Hùng", "Phú Cần", "Tân Hòa", "Tập Ngãi", "An Quảng Hữu", "Đại An", "Hàm Tân"),
            *("Kim Sơn", "Long Hiệp", "Lưu Nghiệp Anh", "Ngãi Xuyên", "Tân Sơn", "Tập Sơn", "Thanh Sơn", "Mỹ Hòa"),
            *(
                "Hiệp Hòa",
                "Kim Hòa",
                "Long Sơn",
                "Mỹ Long Bắc",
                "Nhị Trường",
                "Thạnh Hòa Sơn",
                "Trường Thọ",
                "Vinh Kim",
            ),
        ),
    ),
    Province(
        "hau-giang",
        "Hậu Giang",
        dict(
            zip(
                DISTRICTS,
                (
                    *("Phụng Hiệp", "Vị Thủy", "Long Mỹ", "Châu Thành A", "Châu Thành"),
                    *("Long Mỹ", "Ngã Bảy", "Vị Thủy", "Phụng Hiệp", "Châu Thành"),
                ),
                strict=True,
            )
        ),
        (
            *("Hiệp Hưng", "Hòa An", "Hòa Mỹ", "Long Thạnh", "Phụng Hiệp", "Phương Bình", "Phương Phú", "Tân Bình"),
            *("Tân Long", "Tân Phước Hưng", "Thạnh Hòa", "Bình An", "Vị Bình", "Vị Đông", "Vị Thắng", "Vị Thanh"),
            *(
                "Vị Thủy",
                "Vị Trung",
                "Vĩnh Thuận Tây",
                "Vĩnh Trung",
                "Lương Nghĩa",
                "Lương Tâm",
                "Thuận Hòa",
                "Xà Phiên",
            ),
            *("Thuận Hưng", "Vĩnh Viễn", "Vĩnh Viễn A", "Nhơn Nghĩa A", "Tân Hòa", "Trường Long A", "Đông Phú"),
            *("Đông Phước", "Đông Phước A", "Đông Thạnh", "Phú An", "Phú Hữu", "Phú Tân", "Đại Thành", "Tân Thành"),
        ),
    ),
)

# Sentences without figures; {huyen} and {tinh}: where, {ong}: an official with the office, {vb}: a document.
SPOKEN = (
    "Phát biểu tại buổi làm việc, {ong}, biểu dương những kết quả mà các địa phương đã đạt được trong thời gian qua.",
    "{Ong}, đề nghị các sở, ngành liên quan khẩn trương rà soát, tham mưu giải pháp phù hợp với tình hình từng nơi.",
    "Kết luận buổi làm việc, {ong}, yêu cầu các đơn vị chủ động phối hợp, không để công việc chậm trễ, kéo dài.",
    "Theo {ong}, kết quả này có được là nhờ sự vào cuộc của cả hệ thống chính trị và sự đồng thuận của người dân.",
    "{Ong}, cho biết đơn vị sẽ tiếp tục theo dõi, đôn đốc các địa phương thực hiện đúng tiến độ đã đề ra.",
    "Trao đổi thêm, {ong}, nhấn mạnh vai trò của người đứng đầu cấp ủy, chính quyền cơ sở trong tổ chức thực hiện.",
    "Tham dự còn có {ong}, cùng đại diện lãnh đạo các phòng, ban, đoàn thể của {huyen}.",
    "{Ong}, ghi nhận những kiến nghị của cơ sở và giao cơ quan chuyên môn tổng hợp, trả lời bằng văn bản.",
)
GROUNDS = (
    "Thực hiện {vb}, các ngành, các cấp ở {huyen} đã xây dựng chương trình công tác và phân công rõ trách nhiệm.",
    "Căn cứ {vb}, UBND {huyen} đã ban hành văn bản chỉ đạo, hướng dẫn cơ sở triển khai thống nhất trên toàn địa bàn.",
    "Việc triển khai {vb} được lồng ghép với các phong trào thi đua yêu nước ở khu dân cư.",
    "Đây là kết quả bước đầu sau thời gian triển khai {vb} trên địa bàn {tinh}.",
    "Các nội dung của {vb} được phổ biến đến cán bộ, đảng viên và nhân dân bằng nhiều hình thức.",
    "Theo {vb}, trách nhiệm của từng cơ quan được quy định cụ thể, thuận lợi cho công tác kiểm tra, giám sát.",
)
MANNER = (
    "Công tác tuyên truyền được đẩy mạnh qua hệ thống truyền thanh cơ sở, các buổi họp dân và mạng xã hội.",
    "Các ban, ngành, đoàn thể thường xuyên xuống địa bàn, nắm tình hình và kịp thời tháo gỡ vướng mắc cho cơ sở.",
    "Mặt trận và các tổ chức thành viên vận động đoàn viên, hội viên tham gia, tạo sự lan tỏa trong cộng đồng.",
    "Nhiều mô hình hay, cách làm sáng tạo xuất hiện ở cơ sở, được nhân rộng và mang lại hiệu quả thiết thực.",
    "Hồ sơ của người dân được tiếp nhận và trả kết quả tại bộ phận một cửa, hạn chế đi lại nhiều lần.",
    "Việc ứng dụng công nghệ thông tin giúp công tác quản lý, thống kê, báo cáo nhanh và chính xác hơn trước.",
    "Cán bộ cơ sở đến từng nhà, lắng nghe nguyện vọng và hướng dẫn bà con các thủ tục cần thiết.",
    "Công tác kiểm tra, giám sát được duy trì thường xuyên, qua đó kịp thời chấn chỉnh những nơi làm chưa tốt.",
    "Sự phối hợp giữa cơ quan chuyên môn với chính quyền cơ sở ngày càng chặt chẽ, nhịp nhàng.",
    "Các nguồn lực được huy động từ ngân sách, doanh nghiệp và sự đóng góp tự nguyện của nhân dân.",
    "Dịp này, nhiều tập thể và cá nhân có thành tích tiêu biểu được đề nghị các cấp khen thưởng.",
    "Bà con ở {huyen} phấn khởi trước những đổi thay của quê hương và tin tưởng vào sự lãnh đạo của Đảng.",
)
HARD = (
    "Bên cạnh kết quả đạt được, công tác này ở {huyen} vẫn còn một số hạn chế cần sớm được khắc phục.",
    "Khó khăn lớn nhất hiện nay là địa bàn rộng, giao thông ở vùng sâu chưa thuận lợi, kinh phí còn hạn hẹp.",
    "Đội ngũ cán bộ cơ sở kiêm nhiệm nhiều việc, có nơi thay đổi thường xuyên nên việc theo dõi chưa liên tục.",
    "Một số nơi chưa thật sự quan tâm, còn tư tưởng trông chờ vào sự hỗ trợ của cấp trên.",
    "Tình hình hạn hán, xâm nhập mặn và giá cả thị trường ảnh hưởng đến sản xuất và đời sống của một bộ phận nhân dân.",
    "Công tác thông tin, báo cáo ở một vài đơn vị còn chậm, số liệu có lúc chưa thống nhất.",
)
NEXT = (
    "Thời gian tới, {huyen} tiếp tục quán triệt sâu rộng các chủ trương của Đảng, chính sách, pháp luật của Nhà nước.",
    "Các ngành chức năng sẽ tăng cường hướng dẫn, kiểm tra và xử lý nghiêm những trường hợp vi phạm.",
    "UBND {huyen} giao các phòng, ban rà soát lại từng chỉ tiêu, xác định rõ phần việc và thời gian hoàn thành.",
    "{Tinh} phấn đấu hoàn thành toàn diện các mục tiêu mà nghị quyết đại hội đảng bộ các cấp đã đề ra.",
    "Các địa phương được yêu cầu sơ kết, rút kinh nghiệm từng nội dung để tổ chức thực hiện tốt hơn.",
    "Trước mắt, các đơn vị tập trung chuẩn bị chu đáo những hoạt động sẽ diễn ra trong thời gian còn lại của năm.",
    "Chính quyền cơ sở được yêu cầu công khai, minh bạch để người dân biết, người dân bàn, người dân kiểm tra.",
)
LABOUR_TALK = (
    "Chính sách đối với người có công với cách mạng được thực hiện đầy đủ, kịp thời, đúng đối tượng.",
    "Công tác giải quyết việc làm gắn với đào tạo nghề được xem là giải pháp căn cơ để giảm nghèo bền vững.",
    "Trung tâm Dịch vụ việc làm {tinh} tăng cường tư vấn, giới thiệu việc làm cho lao động thất nghiệp.",
    "Hộ nghèo, hộ cận nghèo được tiếp cận vốn vay ưu đãi, hỗ trợ sinh kế và các dịch vụ xã hội cơ bản.",
    "Phong trào đền ơn đáp nghĩa, chăm sóc gia đình liệt sĩ, thương binh, bệnh binh lan tỏa trong nhân dân.",
    "Trẻ em có hoàn cảnh đặc biệt được quan tâm chăm sóc, bảo vệ, hỗ trợ đến trường.",
    "Đối tượng bảo trợ xã hội được chi trả trợ cấp hằng tháng đúng thời gian, từng bước qua tài khoản ngân hàng.",
    "Doanh nghiệp trên địa bàn quan tâm hơn đến an toàn, vệ sinh lao động và quyền lợi của người lao động.",
    "Người dân ngày càng hiểu rõ lợi ích của bảo hiểm xã hội tự nguyện và bảo hiểm y tế hộ gia đình.",
    "Lao động đi làm việc ở nước ngoài theo hợp đồng được hỗ trợ học ngoại ngữ, giáo dục định hướng và vay vốn.",
)
#: What the province says of itself: {name:low..high} a number, {name.1:…} with decimals.
OF_THE_PROVINCE = (
    (
        "Tính chung năm {nam}, {tinh} giải quyết việc làm cho {a:18000..31000} lao động, đạt {p.1:88..121}% kế hoạch; "
        "đưa {x:120..900} lao động đi làm việc ở nước ngoài theo hợp đồng."
    ),
    (
        "Năm {truoc}, toàn tỉnh đã giải quyết việc làm cho {a:18000..31000} lao động, vượt {p.1:1..21}% kế hoạch, "
        "trong đó {w.1:41..52}% là lao động nữ."
    ),
    (
        "Đến cuối năm {truoc}, {tinh} còn {h:4200..31000} hộ nghèo, chiếm tỷ lệ {r.2:1.1..9.8}%, và {c:9000..36000} "
        "hộ cận nghèo, chiếm {q.2:2.5..11}%."
    ),
    "Trong {ky}, {tinh} có {u:900..7200} người được hưởng trợ cấp thất nghiệp với tổng số tiền {m.1:12..160} tỷ đồng.",
    (
        "Toàn tỉnh hiện chi trả trợ cấp hằng tháng cho {g:6200..14500} người có công với cách mạng và {s:28000..61000} "
        "đối tượng bảo trợ xã hội."
    ),
    (
        "{Tinh} đã đào tạo nghề cho {d:8000..26000} người trong năm {truoc}, nâng tỷ lệ lao động qua đào tạo lên "
        "{l.2:46..72}%."
    ),
    (
        "Trong {ky}, {tinh} vận động Quỹ đền ơn đáp nghĩa được {v.2:0.8..9} tỷ đồng, xây mới và sửa chữa {n:24..310} "
        "căn nhà cho người có công."
    ),
)
CALLED = (
    "Nghị quyết số {n}/NQ-HĐND của Hội đồng nhân dân tỉnh",
    "Kế hoạch số {n}/KH-UBND của UBND tỉnh",
    "Quyết định số {n}/QĐ-UBND của UBND tỉnh",
    "Chỉ thị số {n}-CT/TU của Ban Thường vụ Tỉnh ủy",
    "Công văn số {n}/UBND-VX của UBND tỉnh",
    "Quyết định số {n}/QĐ-TTg của Thủ tướng Chính phủ",
    "Nghị định số {s}/{nam}/NĐ-CP của Chính phủ",
    "Thông tư số {s}/{nam}/TT-BLĐTBXH của Bộ Lao động - Thương binh và Xã hội",
)
OFFICES = (
    *("Phó Chủ tịch UBND tỉnh", "Chủ tịch UBND {huyen}", "Phó Chủ tịch UBND {huyen}", "Bí thư Huyện ủy"),
    *("Giám đốc Sở Lao động - Thương binh và Xã hội", "Phó Giám đốc Sở Lao động - Thương binh và Xã hội"),
    *("Chủ tịch Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", "Chủ tịch Liên đoàn Lao động tỉnh", "Giám đốc Sở Nội vụ"),
    *("Trưởng phòng Lao động - Thương binh và Xã hội {huyen}", "Phó Chánh Văn phòng UBND tỉnh"),
)
SURNAMES = ("Nguyễn", "Trần", "Lê", "Huỳnh", "Lâm", "Thạch", "Sơn", "Võ", "Đặng", "Trương", "Kim", "Châu", "Phạm")
MIDDLE = ("Văn", "Hoàng", "Minh", "Thanh", "Quốc", "Hữu", "Công", "Thị Kim", "Thị Ngọc", "Thị Thu", "Ngọc")
GIVEN = ("Bé", "Dũng", "Hạnh", "Khải", "Lành", "Mẫn", "Nghĩa", "Phúc", "Quyên", "Sang", "Thảo", "Tuấn", "Vinh", "Yến")
