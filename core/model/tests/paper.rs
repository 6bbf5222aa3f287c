//! What is printed: its shape on the wire, its length, its parts, what is refused.

use danmal_model::{Amounts, ErrorCode, Paper, PrintCommand, ReceiptItem, ReceiptOptions, Shop};
use serde_json::{Value, json};

fn catalogue_example() -> (Paper, Value) {
    let paper = Paper::new()
        .alert(true)
        .logo()
        .rule()
        .cut()
        .blank()
        .left(20, "left test 20px")
        .right(20, "right test 20px")
        .columns2(10, "one", "two")
        .columns3(10, "one", "two", "three");
    let wire = json!({
        "fontFamily": "Noto Sans Korean",
        "alert": true,
        "commands": [
            { "command": "logo" },
            { "command": "line" },
            { "command": "cuttingLine" },
            { "command": "br" },
            { "command": "left", "fontSize": 20, "message": ["left test 20px"] },
            { "command": "right", "fontSize": 20, "message": ["right test 20px"] },
            { "command": "text2", "fontSize": 10, "message": ["one", "two"] },
            { "command": "text3", "fontSize": 10, "message": ["one", "two", "three"] },
        ],
    });
    (paper, wire)
}

/// The body as the terminal gets it: compact, everything outside ASCII escaped.
fn escaped(paper: &Paper) -> String {
    let mut units = [0; 2];
    serde_json::to_string(paper).unwrap().chars().fold(String::new(), |mut body, c| {
        if c.is_ascii() {
            body.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                body.push_str(&format!("\\u{unit:04x}"));
            }
        }
        body
    })
}

#[test]
fn the_json_is_the_wires() {
    let (paper, wire) = catalogue_example();
    assert_eq!(serde_json::to_value(&paper).unwrap(), wire);
    assert_eq!(serde_json::from_value::<Paper>(wire).unwrap(), paper);
    paper.check().unwrap();
}

#[test]
fn a_message_of_the_wrong_shape_is_no_command() {
    for command in [
        json!({ "command": "left", "fontSize": 20, "message": "text" }),
        json!({ "command": "left", "fontSize": 20, "message": ["one", "two"] }),
        json!({ "command": "text3", "fontSize": 20, "message": ["one", "two"] }),
        json!({ "command": "left", "message": ["text"] }),
        json!({ "command": "beep" }),
    ] {
        assert!(serde_json::from_value::<PrintCommand>(command.clone()).is_err(), "{command}");
    }
}

#[test]
fn the_length_is_that_of_the_escaped_body() {
    let (paper, _) = catalogue_example();
    let odd = Paper::new().font("나눔고딕").left(8, "").left(72, "a\"b\\c\u{7f}").columns2(
        9,
        "가\t나\n",
        "🍜\u{1}",
    );
    let korean = Paper::new().left(20, "가");
    for paper in [paper, odd, korean.clone(), Paper::new(), Paper::new().logo()] {
        assert_eq!(paper.encoded_len(), escaped(&paper).len(), "{}", escaped(&paper));
    }
    assert_eq!(korean.encoded_len() - Paper::new().left(20, "").encoded_len(), 6);
}

#[test]
fn a_long_paper_is_split_without_losing_a_command() {
    let line = |paper: Paper, at: usize| paper.columns2(20, format!("품목 {at}"), "1,000원");
    let long = (0..600).fold(Paper::new().font("나눔고딕").alert(true), |paper, at| {
        let paper = line(paper, at);
        if at % 70 == 69 { paper.cut() } else { paper }
    });
    let parts = long.split().unwrap();
    assert!(parts.len() > 1);
    for part in &parts {
        assert!(part.encoded_len() <= Paper::MAX_ENCODED, "{}", part.encoded_len());
        assert!(part.alert && part.font_family == "나눔고딕");
    }
    let joined: Vec<_> = parts.iter().flat_map(|part| part.commands.clone()).collect();
    assert!(joined == long.commands, "a command is lost, changed or moved");
    let (last, full) = parts.split_last().unwrap();
    assert!(full.iter().all(|part| part.commands.last() == Some(&PrintCommand::CuttingLine)));
    assert!(!last.commands.is_empty());
}

#[test]
fn a_paper_is_split_exactly_where_it_is_full() {
    let full = Paper::new().left(20, "x").encoded_len();
    let line = Paper::new().left(20, "x").left(20, "x").encoded_len() - full;
    let fits = 1 + (Paper::MAX_ENCODED - full) / line;
    let lines = |count: usize| (0..count).fold(Paper::new(), |paper, _| paper.left(20, "x"));
    assert_eq!(lines(fits).split().unwrap().len(), 1);
    let two = lines(fits + 1).split().unwrap();
    assert_eq!(two.iter().map(|part| part.commands.len()).collect::<Vec<_>>(), [fits, 1]);
}

#[test]
fn the_longest_command_fits_into_one_frame() {
    let text = "🍜".repeat(200);
    let paper = Paper::new()
        .font("🍜".repeat(64))
        .columns3(72, &text, &text, &text)
        .columns3(72, &text, &text, &text);
    let parts = paper.split().unwrap();
    assert_eq!(parts.len(), 2);
    assert!(parts.iter().all(|part| part.encoded_len() <= Paper::MAX_ENCODED));
}

#[test]
fn what_should_not_be_printed_is_refused_by_its_name() {
    let good = || Paper::new().logo().left(20, "가");
    for (paper, field, code) in [
        (good().left(20, "a\u{1b}[31m"), "commands[2].message[0]", ErrorCode::InvalidText),
        (good().columns2(20, "", "a\nb"), "commands[2].message[1]", ErrorCode::InvalidText),
        (good().columns3(20, "", "", "\u{202e}b"), "commands[2].message[2]", ErrorCode::InvalidText),
        (good().right(20, "가".repeat(201)), "commands[2].message[0]", ErrorCode::InvalidText),
        (good().right(7, "가"), "commands[2].fontSize", ErrorCode::InvalidSetting),
        (good().right(73, "가"), "commands[2].fontSize", ErrorCode::InvalidSetting),
        (good().font(" "), "fontFamily", ErrorCode::InvalidText),
        (good().font("x".repeat(65)), "fontFamily", ErrorCode::InvalidText),
        (Paper::new(), "commands", ErrorCode::InvalidText),
    ] {
        let error = paper.check().unwrap_err();
        assert_eq!((error.field.as_deref(), error.code), (Some(field), code), "{error}");
        assert_eq!(paper.split().unwrap_err(), error);
    }
    good().right(8, "가".repeat(200)).left(72, "").check().unwrap();
}

#[test]
fn papers_are_joined_under_the_first_ones_font() {
    let both = Paper::new().font("a").alert(true).logo().then(Paper::new().font("b").cut());
    assert_eq!(both, Paper::new().font("a").alert(true).logo().cut());
}

#[test]
fn debug_does_not_show_what_is_printed() {
    let shown = format!("{:?}", Paper::new().left(20, "홍길동 고객님").logo());
    assert!(shown.contains("logo") && !shown.contains("홍길동"), "{shown}");
    let options = ReceiptOptions {
        shop: Shop::new("단말 커피").owner("홍길동").phone("010-1234-5678"),
        footer: vec!["김철수 고객님".into()],
        ..ReceiptOptions::default()
    };
    let shown = format!("{options:?}");
    assert!(shown.contains("단말 커피"), "{shown}");
    assert!(!shown.contains("홍길동") && !shown.contains("1234") && !shown.contains("김철수"), "{shown}");
}

#[test]
fn what_the_caller_says_of_a_receipt_is_checked_by_name() {
    let item = |name: &str, quantity, price| ReceiptOptions {
        items: vec![ReceiptItem::new("빵", 1, 1_000), ReceiptItem::new(name, quantity, price)],
        ..ReceiptOptions::default()
    };
    let shop = |shop| ReceiptOptions { shop, ..ReceiptOptions::default() };
    let footer = |footer| ReceiptOptions { footer, ..ReceiptOptions::default() };
    for (options, field) in [
        (shop(Shop::new("가\u{7}")), "shop.name"),
        (shop(Shop::new("가").business_no("1".repeat(21))), "shop.businessNo"),
        (shop(Shop::new("가").address("가".repeat(101))), "shop.address"),
        (shop(Shop::new("가").phone("\n")), "shop.phone"),
        (shop(Shop::new("가").owner("\u{200b}")), "shop.owner"),
        (item(" ", 1, 1), "items[1].name"),
        (item("빵", 0, 1), "items[1].quantity"),
        (item("빵", 1_000_000, 1), "items[1].quantity"),
        (item("빵", 2, 500_000_000_000), "items[1].price"),
        (item("빵", 999_999, i64::MIN), "items[1].price"),
        (footer(vec![String::new(), "\u{0}".into()]), "footer[1]"),
        (footer(vec![String::new(); 21]), "footer"),
        (
            ReceiptOptions { items: vec![ReceiptItem::new("빵", 1, 1); 1_001], ..ReceiptOptions::default() },
            "items",
        ),
        (
            ReceiptOptions {
                parts: Some(Amounts { amount: 10, tax: 11, tip: 0, tax_free: 0 }),
                ..ReceiptOptions::default()
            },
            "parts.tax",
        ),
    ] {
        let error = options.check().unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{error}");
    }
    item("할인", 2, -500).check().unwrap();
}
