//! Words of a command line as a POSIX shell reads them back, wherever a command is printed or recorded.

use std::ffi::OsStr;

/// `word` as one word of a shell: as it is where nothing in it has a meaning there, otherwise in single quotes, and where
/// it is no UTF-8 as the output of `printf`.
///
/// ```
/// use swast_tables::shell::quoted;
/// assert_eq!(quoted("a.tar.gz".as_ref()), "a.tar.gz");
/// assert_eq!(quoted("my data; rm x".as_ref()), "'my data; rm x'");
/// assert_eq!(quoted("it's".as_ref()), r"'it'\''s'");
/// ```
pub fn quoted(word: &OsStr) -> String {
    let Some(text) = word.to_str() else { return printed(word) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The words of a command, each [`quoted`], separated by spaces.
pub fn line<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> String {
    words.into_iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn printed(word: &OsStr) -> String {
    let octal = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' => {
            char::from(*byte).to_string()
        }
        byte => format!(r"\{byte:03o}"),
    };
    let text: String = word.as_encoded_bytes().iter().map(octal).collect();
    format!("\"$(printf '{text}')\"")
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What a shell makes of `word` once quoted.
    fn back(word: &OsStr) -> OsString {
        let script = format!("printf '%s.' {}", quoted(word));
        let output = Command::new("sh").args(["-c", &script]).output().expect("a shell starts");
        let mut bytes = output.stdout;
        assert_eq!(bytes.pop(), Some(b'.'), "{script}");
        OsString::from_vec(bytes)
    }

    #[test]
    fn a_shell_reads_words_back() {
        for word in
            ["", "x; touch y", "it's", "$HOME `id` \"x\"", "~", "a\nb", "*", "!", "%s", "-n", "#x"]
        {
            assert_eq!(back(word.as_ref()), word, "{word}");
        }
        let odd = OsString::from_vec(b"caf\xe9 %d\\'$x".to_vec());
        assert_eq!(back(&odd), odd);
        assert_eq!(line(["train", "--data", "a b"]), "train --data 'a b'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn no_word_is_changed(mut bytes in prop::collection::vec(1_u8..=255, 0..12)) {
            // A shell drops newlines at the end of what a command prints.
            bytes.push(b'x');
            let word = OsString::from_vec(bytes);
            prop_assert_eq!(back(&word), word);
        }
    }
}
