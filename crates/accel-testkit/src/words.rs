//! Lines of output, with all that may differ between the two programs made equal.

use std::path::Path;

/// How lines begin that `-vv` and `--debug` show and that are not compared, with the reason.
///
/// They tell of pip's inner life, and one of them of this program's.
const INNER_LIFE: [(&str, &str); 33] = [
    ("Created temporary directory: ", "this program works in folders of its own"),
    ("Initialized build tracking at ", BUILD_TRACKER),
    ("Created build tracker: ", BUILD_TRACKER),
    ("Entered build tracker: ", BUILD_TRACKER),
    ("Destination directory: ", "this program builds into folders of its own"),
    ("Source in ", "what is built is not checked again by its folder"),
    ("Starting new HTTP", CONNECTIONS),
    ("Resetting dropped connection: ", CONNECTIONS),
    ("Found index url ", CONNECTIONS),
    ("Found credentials in ", CONNECTIONS),
    ("Keyring provider ", CONNECTIONS),
    ("Getting page ", PAGES),
    ("Fetching project page and analyzing links: ", PAGES),
    ("Fetched page ", PAGES),
    ("Found link ", PAGES),
    ("Skipping link: ", PAGES),
    ("Local files found: ", PAGES),
    ("* http", PAGES),
    ("Given no hashes to check ", "digests decide the order of files, not which are looked at"),
    ("Checked ", "digests decide the order of files, not which are looked at"),
    (
        "Metadata-only fetching is not used ",
        "metadata is had without whole files wherever it can be",
    ),
    ("Downloading link ", "this program works in folders of its own"),
    ("Looking up \"http", KEPT),
    ("No cache entry available", KEPT),
    ("Updating cache with response ", KEPT),
    ("etag object cached for ", KEPT),
    ("Caching ", KEPT),
    ("Ignoring unknown cache-control ", KEPT),
    ("Status code ", KEPT),
    ("Current age based on date: ", KEPT),
    ("Freshness lifetime from ", KEPT),
    ("Using cached wheel link: ", "what was built is found by what it was built of"),
    ("Pinned ", "pip tells of that where PIP_RESOLVER_DEBUG is set"),
];

const BUILD_TRACKER: &str = "circles of builds are noticed without files";
const CONNECTIONS: &str = "requests are made at other times, and fewer";
const KEPT: &str = "what is kept, and why, is another matter here";
const PAGES: &str =
    "pages are read ahead, side by side, or not at all where the answer is remembered";

/// Whether a line is of the [`INNER_LIFE`].
fn is_inner_life(line: &str) -> bool {
    let of_request = line.starts_with("http") && line.contains(" \"GET /")
        || line.contains(" location(s) to search for versions of ");
    let of_tracker = ["Added ", "Removed "].iter().any(|start| line.starts_with(start))
        && line.contains(" build tracker");
    of_request || of_tracker || INNER_LIFE.iter().any(|(start, _)| line.starts_with(start))
}

/// A line as it is compared; `None` if it is not. `side` is the folder that the program had to itself.
pub fn comparable(line: &str, side: &Path) -> Option<String> {
    // The folder of the side itself; pip lowers what failed.
    let side = side.display().to_string();
    let line = line.replace(&side, "@SIDE@").replace(&side.to_lowercase(), "@SIDE@");
    // Behind the URLs of an HTML page pip has their digests, as the page has them.
    let line = without_digests(&line);
    let start = line.trim_start();
    // Progress is drawn differently.
    if start.starts_with('━') {
        return None;
    }
    // The programs have other names.
    if start.starts_with("Using pip ") {
        return None;
    }
    // What the local index lacks is named by this program only.
    if start.starts_with("HINT: without the network ") || is_inner_life(start) {
        return None;
    }
    // Wheels that have a say in every start of Python are named by this program only.
    if start.ends_with(": Python reads it at every start") {
        return None;
    }
    // How files got out of the store, too.
    if start.starts_with("Files are ") {
        return None;
    }
    // Backends are called by a script of each program's own.
    if let Some((before, _)) = line.split_once("full command: ") {
        return Some(format!("{before}full command"));
    }
    // What is built has other time stamps, and pip counts what its own archive program makes.
    if let Some((before, _)) =
        line.split_once(" size=").filter(|_| start.starts_with("Created wheel"))
    {
        return Some(before.to_owned());
    }
    // Each has a folder of its own for what it keeps and for what it works on.
    if let Some((before, _)) = line.split_once("Stored in directory: ") {
        return Some(format!("{before}Stored in directory"));
    }
    let words = line.split(' ').map(|word| {
        let ours = word.contains("/scratch/") || word.contains("/archives/");
        let pips =
            ["/pip-install-", "/pip-req-build-", "/pip-unpack-", "/pip-download-", "/pip-wheel-"];
        let pips = pips.iter().any(|name| word.contains(name));
        if ours || pips { "@TEMPORARY@" } else { word }
    });
    Some(words.collect::<Vec<_>>().join(" "))
}

/// A line without the digests behind URLs.
fn without_digests(line: &str) -> String {
    let mut parts = line.split("#sha256=");
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(part.len());
        done.push_str(&part[end..]);
    }
    done
}

/// An output as it is compared.
pub fn comparable_lines(output: &str, side: &Path) -> Vec<String> {
    // Where pip ends by a crash only the last line of all its tracebacks is ours too.
    let (before, last) = match output.split_once("ERROR: Exception:\n") {
        Some((before, crash)) => {
            (format!("{before}ERROR: Exception:"), crash.trim_end().lines().last())
        }
        None => (output.to_owned(), None),
    };
    // What goes wrong is told with Python's traceback, too.
    let before = before.split("Exception information:\n").next().unwrap_or_default();
    let mut lines: Vec<String> =
        before.lines().chain(last).filter_map(|line| comparable(line, side)).collect();
    if before.lines().any(|line| is_inner_life(line.trim_start())) {
        // pip's compiler of bytecode has nothing to say, and says it with an empty line a wheel.
        lines.retain(|line| !line.trim().is_empty());
    }
    in_any_order(&mut lines, "WARNING: Target directory ");
    lines
}

/// Sorts lines that follow on one another and start alike: pip tells of what is in the way in
/// `--target` in the order in which the file system lists it.
fn in_any_order(lines: &mut [String], start: &str) {
    for run in lines.chunk_by_mut(|a, b| a.starts_with(start) && b.starts_with(start)) {
        run.sort();
    }
}
