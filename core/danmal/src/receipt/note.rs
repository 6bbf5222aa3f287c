//! Papers that are no receipt: the outcome is not known, or nothing stands.

use danmal_model::{
    About, Approval, Language, Outcome, Paper, ReceiptCopy, ReceiptOptions, Text, Unknown, scrub,
};

use super::layout::{BODY, Layout, SMALL, TITLE};
use super::sections::{copy_line, plain, shop};
use super::{show, words};

/// The longest sentence on a note, in characters.
const LONGEST: usize = 160;

/// What is printed of an outcome that is no approval.
pub(super) fn note(outcome: &Outcome, options: &ReceiptOptions) -> Paper {
    let mut layout = Layout::begin(options.language, outcome.simulated());
    layout.say(TITLE, &words::note_title(outcome));
    layout.say(TITLE, &words::NO_RECEIPT);
    copy_line(&mut layout, options);
    layout.rule();
    shop(&mut layout, options);
    match outcome {
        Outcome::Approved(_) => {}
        Outcome::Unknown(unknown) => interim(&mut layout, unknown),
        Outcome::Declined(decline) => {
            nothing(&mut layout, &decline.about);
            answer(&mut layout, &decline.code, &decline.message);
        }
        Outcome::Aborted(abortion) => {
            nothing(&mut layout, &abortion.about);
            answer(&mut layout, "", &abortion.message);
        }
        Outcome::NotPerformed(refused) => {
            nothing(&mut layout, &refused.about);
            // The reason may name a journal or a host: that is the shop's own business.
            if options.copy == ReceiptCopy::Merchant {
                sentence(&mut layout, &refused.reason.text());
            }
        }
        Outcome::Reversed(reversal) => {
            operation(&mut layout, &reversal.about);
            layout.say(BODY, &words::undone(reversal.about.operation.purpose()));
            answer(&mut layout, &reversal.code, &reversal.message);
            if let Some(approval) = &reversal.approval {
                layout.pair(&words::APPROVAL_NO, &plain(&approval.approval_no));
                order(&mut layout, approval);
            }
        }
    }
    layout.rule();
    if let Some(at) = options.printed_at {
        layout.pair(&words::PRINTED_AT, &show::moment(at));
    }
    layout.left(SMALL, outcome.id().as_str());
    layout.end()
}

fn interim(layout: &mut Layout, unknown: &Unknown) {
    let language = layout.language;
    operation(layout, &unknown.about);
    layout.say(BODY, &words::may_stand(unknown.about.operation.purpose()));
    sentence(layout, &Text::of(unknown.next_step(Language::Korean), unknown.next_step(Language::English)));
    if let Some(approval) = &unknown.approval {
        layout.rule();
        layout.pair(&words::SEEN_AMOUNT, &show::won(approval.requested, language));
        layout.pair(&words::SEEN_APPROVAL_NO, &plain(&approval.approval_no));
        order(layout, approval);
    }
    answer(
        layout,
        unknown.seen_code.as_deref().unwrap_or_default(),
        unknown.seen_message.as_deref().unwrap_or_default(),
    );
}

fn nothing(layout: &mut Layout, about: &About) {
    operation(layout, about);
    layout.say(BODY, &words::nothing_stands(about.operation.purpose()));
}

fn operation(layout: &mut Layout, about: &About) {
    let operation = about.operation.text();
    layout.pair(&words::WHAT, operation.get(layout.language));
}

/// The terminal's own words.
fn answer(layout: &mut Layout, code: &str, message: &str) {
    let words = format!("{} {}", plain(code), scrub(message, LONGEST));
    layout.pair(&words::ANSWER, &plain(&words));
}

fn order(layout: &mut Layout, approval: &Approval) {
    if let Some(order) = &approval.order {
        layout.pair(&words::ORDER, &plain(order));
    }
}

fn sentence(layout: &mut Layout, text: &Text) {
    layout.left(BODY, &scrub(text.get(layout.language), LONGEST));
}
