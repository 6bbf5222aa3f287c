//! The details of refusals in Korean. A detail is one string on its way from the place that knows it, through the
//! journal, to the screen; here it becomes Korean where it is danmal's own. What it does not know, what the
//! operating system said above all, stays as it is.

/// What danmal says as a detail. `{}` stands for what differs, which is a detail itself; in Korean `{0}` is the
/// first of them. The first that fits is taken.
const PHRASES: &[(&str, &str)] = &[
    // Who holds a terminal or a journal.
    ("{}, since {}", "{0}, {1}부터"),
    ("process {} ({}), journal {}", "{1}, 프로세스 {0}, 거래 기록 {2}"),
    ("process {} ({})", "{1}, 프로세스 {0}"),
    ("process {}, journal {}", "프로세스 {0}, 거래 기록 {1}"),
    ("process {}", "프로세스 {0}"),
    ("another process, journal {}", "다른 프로세스, 거래 기록 {0}"),
    ("another process", "다른 프로세스"),
    ("unresolved in the journal {}", "거래 기록 {0}에 결과를 모르는 거래가 있습니다"),
    // The journal.
    ("the journal's disk is full: {}", "디스크가 가득 찼습니다: {0}"),
    ("the journal is read-only: {}", "거래 기록이 읽기 전용입니다: {0}"),
    ("the journal cannot be written: {}", "거래 기록을 쓰지 못했습니다: {0}"),
    ("the journal is busy: {}", "다른 프로그램이 거래 기록을 쓰고 있습니다: {0}"),
    ("the journal was closed", "거래 기록이 닫혔습니다"),
    (
        "the journal was opened before this process was forked: a forked child holds nothing",
        "복제된 프로세스에서는 거래 기록을 쓸 수 없습니다",
    ),
    ("the journal {} is held by {}", "거래 기록 {0} 사용 중: {1}"),
    (
        "the journal {} has schema {}; this danmal reads schemas up to {}: use a newer one",
        "거래 기록 {0}의 버전은 {1}이고 이 danmal은 {2}까지 읽습니다. 새 버전을 쓰세요",
    ),
    ("{} is no journal: {}", "{0}은(는) 거래 기록이 아닙니다: {1}"),
    (
        "row {} of the journal {} cannot be read by this danmal: use a newer one",
        "거래 기록 {1}의 {0}번째 줄을 이 danmal이 읽을 수 없습니다. 새 버전을 쓰세요",
    ),
    ("the journal {} cannot be used: {}", "거래 기록 {0}을(를) 쓸 수 없습니다: {1}"),
    (
        "the folder {} of locks and markers cannot be used: {}",
        "단말기 점유 폴더 {0}을(를) 쓸 수 없습니다: {1}",
    ),
    ("the row was not written in time", "시간 안에 기록하지 못했습니다"),
    ("it is being opened", "거래 기록을 여는 중입니다"),
    // Safe mode.
    ("the journal was damaged, the damaged one is kept as {}", "거래 기록이 손상되어 {0}(으)로 보관했습니다"),
    (
        "the marker of this terminal was damaged and is kept as {}",
        "이 단말기의 표식이 손상되어 {0}(으)로 보관했습니다",
    ),
    ("the marker of this terminal names another terminal", "이 단말기의 표식이 다른 단말기를 가리킵니다"),
    (
        "the journal is older than this terminal remembers: it has {} rows of {}",
        "거래 기록이 단말기의 표식보다 오래되었습니다: {1}줄 중 {0}줄",
    ),
    (
        "the journal went on differently: it is a restored copy, or somebody else wrote it",
        "거래 기록이 표식과 다릅니다. 복원한 사본이거나 다른 곳에서 썼습니다",
    ),
    ("the journal does not know operation {}", "거래 기록에 거래 {0}이(가) 없습니다"),
    (
        "the journal {} that this terminal was used with is missing, with operation {} unresolved",
        "이 단말기가 쓰던 거래 기록 {0}이(가) 없습니다. 거래 {1}의 결과를 모릅니다",
    ),
    (
        "the journal {} that this terminal was used with is missing",
        "이 단말기가 쓰던 거래 기록 {0}이(가) 없습니다",
    ),
    (
        "the journal {} that this terminal was used with was replaced by another, with operation {} unresolved",
        "이 단말기가 쓰던 거래 기록 {0}이(가) 다른 것으로 바뀌었습니다. 거래 {1}의 결과를 모릅니다",
    ),
    (
        "the journal {} that this terminal was used with was replaced by another",
        "이 단말기가 쓰던 거래 기록 {0}이(가) 다른 것으로 바뀌었습니다",
    ),
    (
        "the journal {} that this terminal was used with cannot be opened ({}), with operation {} unresolved",
        "이 단말기가 쓰던 거래 기록 {0}을(를) 열 수 없습니다. 거래 {2}의 결과를 모릅니다 ({1})",
    ),
    (
        "the journal {} that this terminal was used with cannot be opened ({})",
        "이 단말기가 쓰던 거래 기록 {0}을(를) 열 수 없습니다 ({1})",
    ),
    // The connection.
    (
        "the address leads to another device now, {}: it is taken once nothing is open on the one before; {}",
        "주소가 이제 다른 장치 {0}을(를) 가리킵니다. 이전 장치의 거래가 끝나면 사용합니다. {1}",
    ),
    (
        "the address leads to another device now, {}: it is taken once nothing is open on the one before",
        "주소가 이제 다른 장치 {0}을(를) 가리킵니다. 이전 장치의 거래가 끝나면 사용합니다",
    ),
    ("held by {}", "사용 중: {0}"),
    ("connection refused", "단말기가 연결을 거부했습니다"),
    ("no answer to the connection", "연결에 응답이 없습니다"),
    ("no connection in time", "시간 안에 연결되지 않았습니다"),
    ("not reachable", "네트워크에서 단말기에 닿을 수 없습니다"),
    ("the name has no address", "이름에 해당하는 주소가 없습니다"),
    ("{} has no address", "{0}에 해당하는 주소가 없습니다"),
    ("{} is not known on this network", "네트워크에서 {0}을(를) 찾을 수 없습니다"),
    ("not found yet", "아직 찾지 못했습니다"),
    ("not found", "찾지 못했습니다"),
    ("{} is not plugged in", "{0} 포트가 꽂혀 있지 않습니다"),
    ("the port is taken or not plugged in", "포트를 다른 프로그램이 쓰고 있거나 꽂혀 있지 않습니다"),
    (
        "no permission for the port (on Linux: the group dialout)",
        "포트를 쓸 권한이 없습니다 (리눅스: dialout 그룹)",
    ),
    ("no thread for the port: {}", "포트를 맡을 스레드를 만들 수 없습니다: {0}"),
    ("the thread of the port has ended", "포트를 맡은 스레드가 끝났습니다"),
    ("not a port", "포트가 아닙니다"),
    ("the transport panicked", "전송 코드에 오류가 있습니다"),
    ("the terminal is not found yet", "단말기를 아직 찾지 못했습니다"),
    ("the system does not list its serial ports: {}", "시리얼 포트 목록을 볼 수 없습니다: {0}"),
    // What cannot be said.
    ("the body of {} is {} long, the frame holds {}", "{0} 전문이 {1}로 너무 깁니다. 최대 {2}입니다"),
    ("the body of {} cannot be written as JSON", "{0} 전문을 JSON으로 쓸 수 없습니다"),
    // An operator's word and queries.
    (
        "the terminal may still be working on it for {} s",
        "단말기가 앞으로 {0}초 동안 처리 중일 수 있습니다. 그 뒤에 판단하세요",
    ),
    (
        "the operation still runs, and its outcome is not told yet",
        "거래가 아직 진행 중입니다. 결과를 기다리세요",
    ),
    (
        "no unresolved operation of this terminal has this id",
        "이 단말기에 결과를 모르는 그런 거래가 없습니다",
    ),
    (
        "the terminal has just shown what became of it",
        "단말기가 방금 결과를 알려 주었습니다. 거래 내역을 보세요",
    ),
    ("the terminal answered other parts", "단말기가 다른 부가 금액을 응답했습니다"),
    ("the terminal answered {}", "응답 코드 {0}"),
    ("missing, or not of its type, in the terminal's answer", "단말기 응답에 없거나 형식이 맞지 않습니다"),
    // Fields.
    ("{} won, while this terminal's amount convention is not set", "{0}, 금액 방식이 설정되지 않음"),
    (
        "the parts add up to {} won, more than the amount of {} won",
        "부가 금액의 합 {0}원이 결제 금액 {1}원보다 큽니다",
    ),
    ("{} won of an approval of {} won", "승인 금액 {1}원 중 {0}원"),
    ("{} won each", "개당 {0}원"),
    ("{} won", "{0}원"),
    ("{} characters", "{0}자"),
    ("{} months", "{0}개월"),
    ("{} lines", "{0}줄"),
    ("{} s", "{0}초"),
    ("blank, too long, or a control character in it", "비었거나 너무 길거나 제어 문자가 있습니다"),
    ("blank", "비어 있습니다"),
    ("a control or invisible character", "제어 문자나 보이지 않는 문자가 있습니다"),
    (
        "not kept, because it could be a card number",
        "카드 번호일 수 있어 저장하지 않았습니다. 전표를 보고 입력하세요",
    ),
    ("not the number of the recorded approval", "저장된 승인의 번호와 다릅니다"),
    ("not a date", "날짜가 아닙니다"),
    ("not a number of at most 20 digits", "20자리 이하의 숫자가 아닙니다"),
    ("before the first day", "시작일보다 앞입니다"),
    ("nothing to print", "출력할 내용이 없습니다"),
    ("the receipt is of no cancellation", "취소 영수증이 아닙니다"),
    ("a sale is not cancelled by cancel", "이 방법으로 취소할 수 없는 거래입니다"),
    ("a cash receipt is not cancelled by cancel", "현금영수증은 현금영수증 취소로 취소합니다"),
    ("a tax-refund slip is not cancelled by cancel", "환급전표는 환급전표 취소로 취소합니다"),
    ("a cancellation itself is not cancelled by cancel", "취소 거래는 취소할 수 없습니다"),
    // Addresses.
    ("too long, or a blank in it", "너무 길거나 빈칸이 있습니다"),
    ("`{}` has no scheme", "`{0}`에 tcp:, serial:, simulator: 가 없습니다"),
    ("`{}` is no scheme of danmal", "`{0}`은(는) danmal의 주소 방식이 아닙니다"),
    ("`tcp:` is followed by `//`", "`tcp:` 뒤에는 `//`가 옵니다"),
    ("no port behind `]`", "`]` 뒤에 포트가 없습니다"),
    ("no IPv6 address in brackets", "괄호 안이 IPv6 주소가 아닙니다"),
    ("no port", "포트가 없습니다"),
    ("an IPv6 address stands in brackets", "IPv6 주소는 괄호 안에 씁니다"),
    ("{} is no terminal's address", "{0}은(는) 단말기의 주소가 될 수 없습니다"),
    ("the port is a number from 1 to 65535", "포트는 1부터 65535까지의 숫자입니다"),
    (
        "`serial:` is followed by `//` and the port, or by `usb:`",
        "`serial:` 뒤에는 `//`와 포트, 또는 `usb:`가 옵니다",
    ),
    ("baud is a number from 50 to 4000000", "baud는 50부터 4000000까지의 숫자입니다"),
    ("baud is missing: none is built in", "baud가 없습니다. 기본값이 없으니 지정하세요"),
    ("parity is none, even or odd", "parity는 none, even, odd 중 하나입니다"),
    ("flow is none, hardware or software", "flow는 none, hardware, software 중 하나입니다"),
    ("data is 5 to 8, stop is 1 or 2", "data는 5~8, stop은 1~2입니다"),
    (
        "a simulator's name is at most 64 letters, digits, `-`, `_` or `.`",
        "시뮬레이터 이름은 64자 이하의 글자, 숫자, `-`, `_`, `.`입니다",
    ),
    ("`{}` is no host", "`{0}`은(는) 호스트 이름이 아닙니다"),
    (
        "`usb:` is followed by two numbers of four hexadecimal digits, VID and PID",
        "`usb:` 뒤에는 16진수 네 자리 VID와 PID가 옵니다",
    ),
    ("`usb:VID:PID:` is followed by the adapter's serial number", "`usb:VID:PID:` 뒤에는 일련번호가 옵니다"),
    ("a port of Windows is COM1 to COM4096", "윈도우 포트는 COM1부터 COM4096까지입니다"),
    (
        "a serial port is an absolute path such as /dev/ttyUSB0, or COM3",
        "시리얼 포트는 /dev/ttyUSB0 같은 절대 경로나 COM3입니다",
    ),
    ("`%` is followed by two hexadecimal digits", "`%` 뒤에는 16진수 두 자리가 옵니다"),
    ("not UTF-8 behind `%`", "`%` 뒤가 UTF-8이 아닙니다"),
    ("`{}` has no value", "`{0}`에 값이 없습니다"),
    ("`{}` stands there twice", "`{0}`이(가) 두 번 있습니다"),
    ("simulated is true or false", "simulated는 true 또는 false입니다"),
    ("`{}` is no setting here", "`{0}`은(는) 여기에 쓸 수 없는 설정입니다"),
];

/// A detail in Korean, as far as it is danmal's own.
pub(crate) fn korean(detail: &str) -> String {
    known(detail).unwrap_or_else(|| detail.to_owned())
}

/// A detail in Korean; none where it is not danmal's own.
pub(crate) fn known(detail: &str) -> Option<String> {
    PHRASES.iter().find_map(|(english, korean)| {
        let found = fit(english, detail)?;
        let mut text = (*korean).to_owned();
        for (at, part) in found.into_iter().enumerate() {
            text = text.replace(&format!("{{{at}}}"), &self::korean(part));
        }
        Some(text)
    })
}

/// What stands at the holes of a phrase, where a detail is one.
fn fit<'a>(phrase: &str, detail: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = phrase.split("{}");
    let mut rest = detail.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        let end = if last { rest.len().checked_sub(piece.len())? } else { rest.find(piece)? };
        if end == 0 || !rest.get(end..)?.starts_with(piece) {
            return None;
        }
        found.push(rest.get(..end)?);
        rest = rest.get(end + piece.len()..)?;
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_danmals_own_becomes_korean_and_what_the_system_said_stays() {
        for (detail, text) in [
            (
                "process 71 (till), journal /s/till.db, since 2026-11-25 09:01",
                "till, 프로세스 71, 거래 기록 /s/till.db, 2026-11-25 09:01부터",
            ),
            ("the journal's disk is full: row: No space left", "디스크가 가득 찼습니다: row: No space left"),
            ("blank", "비어 있습니다"),
            ("15000 won", "15000원"),
            ("Input/output error (os error 5)", "Input/output error (os error 5)"),
            ("", ""),
            (" won", " won"),
        ] {
            assert_eq!(korean(detail), text);
        }
    }

    #[test]
    fn every_phrase_finds_itself_and_says_all_of_its_parts() {
        for (english, korean) in PHRASES {
            let holes = english.matches("{}").count();
            let mut detail = (*english).to_owned();
            for at in 0..holes {
                assert!(korean.contains(&format!("{{{at}}}")), "{korean} leaves part {at} out");
                detail = detail.replacen("{}", &format!("<{at}>"), 1);
            }
            let found = known(&detail).unwrap();
            let mut meant = (*korean).to_owned();
            for at in 0..holes {
                meant = meant.replace(&format!("{{{at}}}"), &format!("<{at}>"));
            }
            assert_eq!(found, meant, "another phrase is taken for {english}");
        }
    }
}
