//! The six digits that say what a message is.

use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $digits:literal $english:literal $korean:literal;)*) => {
        /// The code of a message (전문구분): six digits, the same for a request and its response.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)*
            /// A code that the catalogue does not know. Made by [`Code::from_digits`], which never gives
            /// it the digits of a known one.
            Other([u8; 6]),
        }

        impl Code {
            /// Every code that the catalogue knows.
            pub const KNOWN: &[Self] = &[$(Self::$name,)*];

            /// The code of six ASCII digits; `None` where one of them is not a digit.
            #[must_use]
            pub fn from_digits(digits: [u8; 6]) -> Option<Self> {
                if !digits.iter().all(u8::is_ascii_digit) {
                    return None;
                }
                Some(match &digits {
                    $($digits => Self::$name,)*
                    _ => Self::Other(digits),
                })
            }

            /// The six digits as they stand in the header.
            #[must_use]
            pub fn digits(&self) -> &[u8; 6] {
                match self {
                    $(Self::$name => $digits,)*
                    Self::Other(digits) => digits,
                }
            }

            /// What the message is called in English.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $english,)*
                    Self::Other(_) => "unknown message",
                }
            }

            /// What the message is called in Korean, after the vendor's catalogue.
            #[must_use]
            pub fn korean_name(self) -> &'static str {
                match self {
                    $(Self::$name => $korean,)*
                    Self::Other(_) => "알 수 없는 전문",
                }
            }
        }
    };
}

codes! {
    /// 010010, 신용승인.
    CardApproval = b"010010" "card approval" "신용승인";
    /// 010020, 신용취소.
    CardCancellation = b"010020" "card cancellation" "신용취소";
    /// 030010, 간편결제승인.
    EasyPayApproval = b"030010" "easy-pay approval" "간편결제승인";
    /// 030020, 간편결제취소.
    EasyPayCancellation = b"030020" "easy-pay cancellation" "간편결제취소";
    /// 070010, 현금영수증발급.
    CashReceiptIssue = b"070010" "cash receipt issue" "현금영수증발급";
    /// 070020, 현금영수증취소.
    CashReceiptCancellation = b"070020" "cash receipt cancellation" "현금영수증취소";
    /// 910021, 카드리딩취소: stop reading a card.
    StopCard = b"910021" "stop card reading" "카드리딩취소";
    /// 930021, 간편결제리딩취소: stop reading an easy-pay code.
    StopEasyPay = b"930021" "stop easy-pay reading" "간편결제리딩취소";
    /// 970021, 현금영수증리딩취소: stop reading for a cash receipt.
    StopCashReceipt = b"970021" "stop cash receipt reading" "현금영수증리딩취소";
    /// 990001, 직전거래조회.
    LastTransaction = b"990001" "last transaction" "직전거래조회";
    /// 050099, 매출집계조회.
    SalesTotals = b"050099" "sales totals" "매출집계조회";
    /// 980001, 결제결과확인: the response arrived.
    Confirm = b"980001" "confirmation" "결제결과확인";
    /// 081008, 코드다운로드.
    DownloadCodes = b"081008" "code download" "코드다운로드";
    /// 900091, 프린트출력.
    Print = b"900091" "print" "프린트출력";
    /// 050010, 환급전표발행.
    TaxRefundIssue = b"050010" "tax-refund slip issue" "환급전표발행";
    /// 050020, 환급전표취소.
    TaxRefundCancellation = b"050020" "tax-refund slip cancellation" "환급전표취소";
    /// 900050, 환급전표조회.
    TaxRefundInquiry = b"900050" "tax-refund slip inquiry" "환급전표조회";
    /// 555555, 실행취소: abort what is running.
    Abort = b"555555" "abort" "실행취소";
    /// 910090, 서명대기: the vendor's internal code of the signature wait.
    SignatureWait = b"910090" "signature wait" "서명대기";
}

impl Code {
    /// The six digits as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.digits()).unwrap_or("??????")
    }

    /// Whether the request moves money or issues a slip: 010010 to 070020, 050010, 050020.
    #[must_use]
    pub fn is_money(self) -> bool {
        self.is_transaction() || matches!(self, Self::TaxRefundIssue | Self::TaxRefundCancellation)
    }

    /// Whether the request is a transaction that carries a ptxid: 010010 to 070020.
    #[must_use]
    pub fn is_transaction(self) -> bool {
        matches!(
            self,
            Self::CardApproval
                | Self::CardCancellation
                | Self::EasyPayApproval
                | Self::EasyPayCancellation
                | Self::CashReceiptIssue
                | Self::CashReceiptCancellation
        )
    }

    /// Whether the catalogue knows the code.
    #[must_use]
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// Whether the request of this code has a body. Of an unknown code nobody can say, so it has none
    /// until one is seen.
    #[must_use]
    pub fn request_has_body(self) -> bool {
        self.is_money() || matches!(self, Self::SalesTotals | Self::Print | Self::TaxRefundInquiry)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message code is six digits")]
pub struct NotACode;

impl FromStr for Code {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        text.as_bytes().try_into().ok().and_then(Self::from_digits).ok_or(NotACode)
    }
}
