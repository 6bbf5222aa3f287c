//! Paper as text and as a picture, whatever is on it.

use danmal::receipt::preview::{preview_svg, preview_text};
use danmal_model::Paper;
use unicode_width::UnicodeWidthStr;

#[test]
fn columns_are_aligned_by_what_is_seen() {
    let paper = Paper::new()
        .columns2(20, "합계", "15,000원")
        .columns3(20, "커피", "2", "9,000")
        .right(20, "오른쪽")
        .left(20, "왼쪽")
        .rule()
        .blank()
        .cut();
    let text = preview_text(&paper, 21);
    let expected = "합계         15,000원\n커피      2     9,000\n               오른쪽\n왼쪽\n\
                    ---------------------\n\n8< - - - - - - - - -\n";
    assert_eq!(text, expected);
}

#[test]
fn what_is_too_wide_is_wrapped_in_its_own_column() {
    let paper = Paper::new().columns3(20, "아주긴품목이름", "10", "1,000,000").columns2(
        20,
        "왼쪽에 있는 긴 말",
        "오른쪽에 있는 긴 말",
    );
    let text = preview_text(&paper, 18);
    assert!(text.lines().all(|line| line.width() <= 18), "{text}");
    let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    for c in "아주긴품목이름왼쪽에있는긴말오른쪽에".chars() {
        assert!(joined.contains(c), "{c} is missing in\n{text}");
    }
}

#[test]
fn no_width_is_too_small_or_too_large() {
    let paper =
        Paper::new().logo().rule().cut().left(72, "가나다 abc").columns3(72, "가", "나", "다").right(8, "끝");
    for size in [0, 1, 2, 7, 16, 200, 384, 2_000, usize::MAX] {
        let text = preview_text(&paper, size);
        let picture = preview_svg(&paper, size);
        for c in ['가', '나', '다', '끝'] {
            assert!(text.contains(c) && picture.contains(c), "{size}:\n{text}\n{picture}");
        }
    }
}

#[test]
fn a_picture_is_safe_whatever_is_printed() {
    // Not checked, as paper from elsewhere may be.
    let foreign = r#"<script>alert('x')</script>&amp;]]><!--" \u0000"#;
    let paper = Paper::new()
        .font("\"><script>")
        .left(20, format!("{foreign}\u{0}\u{1b}\u{fffe}\u{202e}"))
        .columns3(0, foreign, foreign, foreign)
        .right(u16::MAX, foreign);
    for width in [200, 384, 576] {
        let picture = preview_svg(&paper, width);
        assert!(!picture.contains("<script") && !picture.contains("<!--"), "{picture}");
        assert!(!picture.chars().any(|c| c.is_control() && c != '\n'), "{picture:?}");
        assert!(!picture.contains('\u{fffe}') && !picture.contains('\u{202e}'));
        let links = picture.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http", "href", "url(", "@import", "<image", "<style", "<foreignObject"] {
            assert!(!links.contains(outside), "{outside} in {picture}");
        }
        well_formed(&picture);
    }
    let text = preview_text(&paper, 40);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

/// Every element is closed in its order, every `&` begins an entity.
fn well_formed(picture: &str) {
    let mut open = Vec::new();
    for piece in picture.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert!(!text.contains('>'), "{piece}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{picture}");
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert!(open.is_empty(), "{open:?}");
    for entity in picture.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|name| entity.starts_with(name));
        assert!(known, "{entity}");
    }
}

#[test]
fn every_mark_is_drawn() {
    let plain = preview_svg(&Paper::new().left(20, "가"), 384);
    for paper in [Paper::new().logo(), Paper::new().rule(), Paper::new().cut()] {
        let with_mark = preview_svg(&paper.left(20, "가"), 384);
        let shapes =
            |picture: &str| ["<path", "<rect", "<circle"].map(|shape| picture.matches(shape).count());
        assert_ne!(shapes(&with_mark), shapes(&plain), "{with_mark}");
    }
}
