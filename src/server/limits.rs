//! Every limit that a request may meet, with the values in force: the one list that `serviceConfig` and the documentation
//! are made from.

use super::{
    Settings,
    bill::{ANONYMOUS_BUDGET, KEY_BUDGET},
    request::{BODY_WITHIN, MAX_BODY},
    socket::{MAX_MESSAGE, SOCKET_OPERATIONS, SOCKET_OPERATIONS_ANONYMOUS},
    table::MAX_TEXT,
    upload::{MAX_FILE, MAX_MAP, UPLOADS},
};
use crate::{
    api::{
        HISTORY_ROWS, MAX_CONDITIONS, MAX_DEPTH, MAX_HISTORY, MAX_IDS, MAX_LETTERS, MAX_LIST, MAX_NODES, MAX_PARTS,
        MAX_TERMS,
        changes::{CHANGE_ROWS, MAX_CHANGES},
        edit::input::MAX_WRITES,
    },
    error::Code,
    limits::{DocumentLimits, ListedLimit},
    store::{MAX_KEYS, MAX_ROWS, MAX_STATS, MAX_VALUES, PAGE_ROWS},
};

/// A limit on how much one page may have.
fn of_page(name: &'static str, value: u32, unit: &'static str, description: &'static str) -> ListedLimit {
    ListedLimit { code: Code::PageSizeExceeded, ..of_field(name, value as usize, unit, description) }
}

/// The limits in force under some settings.
pub fn limits(settings: &Settings) -> Vec<ListedLimit> {
    let mut all = of_requests();
    all.extend(of_documents(DocumentLimits::default()));
    all.extend(of_arguments());
    all.extend(of_answers(settings));
    all.extend(of_streams(settings));
    all.extend(of_time_and_budgets(settings));
    all
}

/// One that is refused as `LIMIT_EXCEEDED`, like the document.
fn listed(name: &'static str, value: u64, unit: &'static str, description: &'static str) -> ListedLimit {
    ListedLimit { name, value: Some(value), unit, description, code: Code::LimitExceeded, status: "400 / 200" }
}

/// One whose field fails, and nothing else.
fn of_field(name: &'static str, value: usize, unit: &'static str, description: &'static str) -> ListedLimit {
    ListedLimit { status: "200", ..listed(name, value as u64, unit, description) }
}

fn of_requests() -> Vec<ListedLimit> {
    vec![
        ListedLimit {
            status: "413",
            ..listed("bodyBytes", MAX_BODY as u64, "bytes", "The body of a request (phần thân yêu cầu).")
        },
        ListedLimit {
            code: Code::RequestTimeout,
            status: "408",
            ..listed(
                "bodySeconds",
                BODY_WITHIN.as_secs(),
                "seconds",
                "How long the body may take to arrive (thời gian gửi phần thân).",
            )
        },
        ListedLimit {
            status: "413",
            ..listed(
                "uploadBytes",
                MAX_FILE as u64,
                "bytes",
                "A file that is sent with a mutation (kích thước tệp tải lên).",
            )
        },
        ListedLimit {
            status: "413",
            ..listed("uploadMapBytes", MAX_MAP as u64, "bytes", "The part `map` of a request with a file (phần `map`).")
        },
        ListedLimit {
            code: Code::Overloaded,
            status: "503",
            ..listed("uploads", UPLOADS as u64, "files", "Files that are read at once (số tệp đọc cùng lúc).")
        },
    ]
}

fn of_documents(limits: DocumentLimits) -> Vec<ListedLimit> {
    let DocumentLimits {
        bytes,
        tokens,
        nesting,
        depth,
        introspection_depth,
        introspection_lists,
        introspection_selections,
        selections,
        aliases,
        root_fields,
        duplicates,
        directives,
        operations,
    } = limits;
    let count = |name, value: usize, unit, description| listed(name, value as u64, unit, description);
    vec![
        count("documentBytes", bytes, "bytes", "The document, in UTF-8 (độ dài tài liệu truy vấn)."),
        count(
            "documentTokens",
            tokens,
            "tokens",
            "Names, numbers, texts and punctuators of the document; commas, white space and comments are free (số thành phần của tài liệu).",
        ),
        count(
            "documentNesting",
            nesting,
            "brackets",
            "Brackets inside brackets, of the three kinds together (số ngoặc lồng nhau).",
        ),
        count("operations", operations, "operations", "Operations in the document (số thao tác)."),
        count("aliases", aliases, "aliases", "Aliases in the document (số bí danh)."),
        count("directives", directives, "directives", "Directives in the document (số chỉ thị)."),
        count("rootFields", root_fields, "fields", "Fields at the root of an operation (số trường gốc)."),
        listed(
            "selections",
            selections,
            "selections",
            "Fields, spreads and inline fragments of an operation, each fragment counted as often as it is spread (số lựa chọn, kể cả trong các mảnh).",
        ),
        listed(
            "duplicates",
            duplicates,
            "times",
            "How often an operation selects the same field of its answer (số lần chọn lặp lại).",
        ),
        count("depth", depth, "fields", "Fields inside fields, in an operation's data (độ sâu truy vấn)."),
        count(
            "introspectionDepth",
            introspection_depth,
            "fields",
            "Fields inside fields, from `__schema` or `__type` down (độ sâu tự mô tả).",
        ),
        listed(
            "introspectionSelections",
            introspection_selections,
            "selections",
            "Selections of an operation from `__schema` or `__type` down (số lựa chọn tự mô tả).",
        ),
        count(
            "introspectionLists",
            introspection_lists,
            "lists",
            "The lists `fields`, `interfaces`, `possibleTypes` and `inputFields` inside each other (số danh sách tự mô tả lồng nhau).",
        ),
        listed(
            "nodes",
            MAX_NODES,
            "nodes",
            "Nodes that an operation asks for, estimated before it is run: each row of a page as if the page were full, each object that is looked up or named by another, each change of a history, and each group (số đối tượng ước tính).",
        ),
    ]
}

fn of_arguments() -> Vec<ListedLimit> {
    vec![
        of_page(
            PAGE_ROWS,
            MAX_ROWS,
            "rows",
            "`first` and `last`: rows of a page, groups, hits of a search (số dòng một trang).",
        ),
        of_page(HISTORY_ROWS, MAX_HISTORY, "changes", "`first` of a `history` (số lần thay đổi một trang)."),
        of_page(CHANGE_ROWS, MAX_CHANGES, "changes", "`first` of `changes` (số thay đổi một trang)."),
        of_field("writes", MAX_WRITES, "rows", "Rows that one mutation writes (số dòng một lần ghi)."),
        of_field("ids", MAX_IDS, "ids", "Ids in `nodes` (số mã định danh)."),
        of_field(
            "filterLevels",
            MAX_DEPTH,
            "levels",
            "Levels of a filter: `and`, `or`, `not` and each relation are one (số tầng điều kiện).",
        ),
        of_field(
            "filterConditions",
            MAX_CONDITIONS,
            "conditions",
            "Conditions of a filter, empty objects included (số điều kiện lọc).",
        ),
        of_field("filterValues", MAX_LIST, "values", "Values of a list in a filter (số giá trị trong danh sách)."),
        of_field("orderTerms", MAX_TERMS, "terms", "Terms of an order (số tiêu chí sắp xếp)."),
        of_field("groupKeys", MAX_KEYS, "keys", "What is grouped by at once (số tiêu chí nhóm)."),
        of_field(
            "groupStatistics",
            MAX_STATS,
            "statistics",
            "What is said of a list or its groups at once (số thống kê).",
        ),
        of_field(
            "searchCharacters",
            MAX_LETTERS,
            "characters",
            "The text to look for, or the address (độ dài từ khóa).",
        ),
        of_field(
            "addressParts",
            MAX_PARTS,
            "parts",
            "Parts of an address, with commas between them (số phần của địa chỉ).",
        ),
    ]
}

fn of_answers(settings: &Settings) -> Vec<ListedLimit> {
    vec![
        listed(
            "values",
            MAX_VALUES,
            "values",
            "Values of an answer: each field asked of each object, each row that is read, each list and count (số giá trị của câu trả lời).",
        ),
        listed(
            "responseBytes",
            settings.response_bytes as u64,
            "bytes",
            "An answer in JSON, before it is compressed; tables apart (kích thước câu trả lời).",
        ),
        ListedLimit {
            status: "400",
            ..listed(
                "tableRows",
                settings.table_rows.into(),
                "rows",
                "Rows of a table; of XLSX at most 1,048,575 (số dòng của bảng).",
            )
        },
        ListedLimit {
            status: "400",
            ..listed("cellCharacters", MAX_TEXT as u64, "characters", "The text in a cell of XLSX (số ký tự một ô).")
        },
    ]
}

fn of_streams(settings: &Settings) -> Vec<ListedLimit> {
    let live = &settings.live;
    let closes = |close, name, value: u64, unit, description| ListedLimit {
        status: close,
        ..listed(name, value, unit, description)
    };
    vec![
        ListedLimit {
            code: Code::Overloaded,
            status: "503",
            ..listed(
                "streams",
                live.streams.into(),
                "streams",
                "WebSockets and event streams at once (số kết nối liên tục).",
            )
        },
        ListedLimit {
            status: "429",
            ..listed(
                "streamsPerAddress",
                live.streams_per_address.into(),
                "streams",
                "WebSockets and event streams at once from one address (số kết nối liên tục từ một địa chỉ).",
            )
        },
        closes(
            "error message",
            SOCKET_OPERATIONS,
            live.operations as u64,
            "subscriptions",
            "Subscriptions at once on a WebSocket of somebody who is known; beyond as many queries nothing more is read until one is answered (số đăng ký trên một WebSocket).",
        ),
        closes(
            "error message",
            SOCKET_OPERATIONS_ANONYMOUS,
            live.operations_anonymous as u64,
            "subscriptions",
            "The same without a key (số đăng ký ẩn danh trên một WebSocket).",
        ),
        closes(
            "close 1009",
            "socketMessageBytes",
            MAX_MESSAGE as u64,
            "bytes",
            "A message to a WebSocket (kích thước thông điệp WebSocket).",
        ),
        ListedLimit {
            code: Code::RequestTimeout,
            ..closes(
                "close 4408",
                "socketInitSeconds",
                live.init.as_secs(),
                "seconds",
                "How long a WebSocket may take to begin, by `connection_init` (thời gian khởi tạo WebSocket).",
            )
        },
    ]
}

fn of_time_and_budgets(settings: &Settings) -> Vec<ListedLimit> {
    let budget = |name, points: u32, description| ListedLimit {
        name,
        value: (points > 0).then_some(points.into()),
        unit: "points a minute",
        description,
        code: Code::RateLimited,
        status: "429",
    };
    vec![
        ListedLimit {
            code: Code::RequestTimeout,
            status: "504",
            ..listed(
                "requestSeconds",
                settings.timeout.as_secs(),
                "seconds",
                "How long a request may take, and each page of a table (thời gian xử lý).",
            )
        },
        budget(
            ANONYMOUS_BUDGET,
            settings.budgets.anonymous,
            "What may be asked from one address without a key (ngân sách ẩn danh).",
        ),
        budget(
            KEY_BUDGET,
            settings.budgets.key,
            "What may be asked with one key, or by one member of the staff (ngân sách theo khóa).",
        ),
    ]
}
