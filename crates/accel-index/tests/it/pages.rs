//! Pages are read as the real pip reads them.

use accel_index::page;
use accel_types::{Digest, Link, LinkSource};
use serde_json::{Map, Value, json};

/// Reads `[{url, content_type, body}]` and writes what pip makes of each page.
const ORACLE: &str = r"
import json, sys
from pip._internal.index.collector import IndexContent, parse_links, _get_encoding_from_headers
from pip._internal.index.package_finder import PackageFinder
answers = []
for case in json.load(sys.stdin):
    encoding = _get_encoding_from_headers({'Content-Type': case['content_type']})
    body = case['body'].encode(encoding or 'utf-8')
    page = IndexContent(body, case['content_type'], encoding, case['url'], cache_link_parsing=False)
    links = []
    for link in PackageFinder._sort_links(None, parse_links(page)):
        metadata = link.metadata_file_data
        links.append({
            'url': link.url.split('#', 1)[0],
            'filename': link.filename,
            'hashes': {k: v for k, v in link._hashes.items()
                if k in ('sha512', 'sha384', 'sha256', 'sha224', 'sha1', 'md5')},
            'requires_python': link.requires_python,
            'yanked': link.yanked_reason,
            'core_metadata': None if metadata is None else (metadata.hashes or {}),
            'upload_time': link.upload_time and link.upload_time.isoformat(),
            'comes_from': link.comes_from,
        })
    answers.append(links)
json.dump(answers, sys.stdout)
";

const JSON: &str = "application/vnd.pypi.simple.v1+json";

fn case(url: &str, content_type: &str, body: &str) -> Value {
    json!({ "url": url, "content_type": content_type, "body": body })
}

fn html(body: &&str) -> Value {
    case("https://idx.test/simple/pkg/", "text/html; charset=utf-8", body)
}

fn shown(link: &Link) -> Value {
    let digests = |digests: &[Digest]| -> Map<String, Value> {
        digests
            .iter()
            .map(|one| (one.algorithm.name().to_owned(), one.hex.to_string().into()))
            .collect()
    };
    json!({
        "url": link.url,
        "filename": link.filename,
        "hashes": digests(&link.digests),
        "requires_python": link.requires_python,
        "yanked": link.yanked,
        "core_metadata": link.core_metadata.as_deref().map(digests),
        "upload_time": link.upload_time.as_deref().map(|time| time.replace('Z', "+00:00")),
        "comes_from": link.comes_from,
    })
}

fn compare(cases: &[Value]) {
    let input = serde_json::to_vec(cases).unwrap();
    let answers: Vec<Value> =
        serde_json::from_slice(&accel_testkit::real_pip::script(ORACLE, &input)).unwrap();
    assert_eq!(answers.len(), cases.len());
    for (case, expected) in cases.iter().zip(answers) {
        let text = |key: &str| case[key].as_str().unwrap();
        let body: Vec<u8> = if text("content_type").contains("iso-8859-1") {
            text("body").chars().map(|letter| u8::try_from(letter).unwrap()).collect()
        } else {
            text("body").as_bytes().to_vec()
        };
        let links =
            page::links(&body, text("content_type"), text("url"), LinkSource::Index).unwrap();
        let got: Value = links.iter().map(shown).collect();
        assert_eq!(got, expected, "{}", text("body"));
    }
}

#[test]
fn ordinary_html_pages() {
    let pages = [
        r#"<!DOCTYPE html><html><head><title>Links</title></head><body><h1>Links for pkg</h1>
           <a href="https://files.test/pkg-1.0-py3-none-any.whl#sha256=aa" data-requires-python="&gt;=3.6, &lt;4"
              data-dist-info-metadata="sha256=bb" data-core-metadata="sha256=cc">pkg-1.0</a><br/>
           <a href="../../files/pkg-1.0.tar.gz#md5=dd" data-yanked="it&#39;s &quot;bad&quot;">x</a>
           <a href="/abs/pkg-2.0.zip" data-yanked="">y</a><a href="//cdn.test/p/pkg-3.zip" data-yanked>z</a>
           <a href="pkg-4.zip" data-core-metadata="true" data-requires-python="">a</a>
           <a href="pkg-5.whl" data-core-metadata="false">a</a>
           <a href="pkg-6.whl" data-core-metadata data-dist-info-metadata=sha512=ee>a</a>
           <a href="pkg-7.whl" data-dist-info-metadata="blake2=ee">a</a></body></html>"#,
        // Without href, with an empty one, repeated.
        r#"<a>no</a><a name=x>no</a><a href>no</a><a href="">no</a><a href="a.zip">1</a>
           <a href="a.zip">2</a><a href="a.zip#sha256=1">3</a><a href='b.zip' HREF='c.zip'>4</a>"#,
        // Of several bases the first counts.
        r#"<base href="https://other.test/x/y"><base href="https://no.test/"><a href="a.zip">"#,
        r#"<base target=_top><base href=""><base href="https://no.test/"><a href="a.zip">"#,
        r#"<base href="/files/"><a href="a.zip"><a href="https://h.test/b.zip">"#,
        // Eggs come last.
        r#"<a href="1.zip#egg=pkg-dev"><a href="2.zip"><a href="3.zip#egg=pkg&sha1=9"><a href="4.zip#sha256=1&egg=pkg"><a href="5.zip">"#,
        r#"<a href="1.zip#sha256=A&md5=b"><a href="2.zip#x=1&md5=b"><a href="3.zip#SHA256=a"><a href="4.zip#sha256"><a href="5.zip#sha256=">
           <a href="6.zip#sha256=a=b"><a href="7.zip#blake2b=1"><a href="8.zip?&sha256=1"><a href="9.zip#xsha256=1">"#,
        "",
        "plain text & more",
    ];
    compare(&pages.iter().map(html).collect::<Vec<_>>());
}

#[test]
fn references_of_every_kind() {
    let pages = [
        r#"<a href="https://h.test/a b/c%20d/e+f%2Bg.zip?x=y z#sha256=1&egg=pkg"><a href="é/ü.zip">
           <a href="https://h.test/a%2fb@1.0%2Fc/x.zip"><a href="HTTPS://H.test/Up.zip"><a href="a:b.zip">
           <a href=" https://h.test/lead.zip"><a href="https://h.test/ta	b
.zip"><a href="https://h.test/trail.zip ">"#,
        r##"<a href="file:///srv/x y.zip"><a href="file:/one/slash.zip"><a href="C:\dir\x.zip"><a href="mailto:me@h.test">
           <a href="ftp://h.test/x.zip"><a href="git+https://h.test/r.git@v1#egg=pkg"><a href="javascript:void(0)">
           <a href="?C=N;O=D"><a href="#top"><a href=".."><a href="../../../../../up.zip"><a href="./a/./b/../c.zip">
           <a href="a//b///c.zip"><a href="https://h.test"><a href="https://h.test/"><a href="https://me:pw@h.test/z.zip">
           <a href="https://h.test/p;v=1/x.zip;w"><a href="x.zip;w">"##,
    ];
    let mut cases: Vec<Value> = pages.iter().map(html).collect();
    cases.push(case(
        "https://idx.test/simple/pkg",
        "TEXT/HTML; charset=\"iso-8859-1\"",
        "<a href='\u{e9}.zip' data-yanked='\u{fc}'><a href='x/y.zip'>",
    ));
    cases.push(case(
        "file:///srv/my%20links/index.html",
        "text/html",
        "<a href='a b.zip'><a href='/etc/x+y.zip'><a href='../z.zip'><a href='//host/q.zip'>",
    ));
    cases.push(case(
        "https://idx.test/simple/pkg/?x=1",
        "application/vnd.pypi.simple.v1+html",
        "<a href='a.zip'><a href='?y'>",
    ));
    compare(&cases);
}

#[test]
fn broken_html_pages() {
    let pages = [
        r#"<A HREF=a.zip>1<a href=b.zip/>2<a href = "c.zip" >3<a href="d.zip"data-yanked="x">4<a/href=e.zip>5
           <a href="f.zip" "junk" =x data-yanked=y>6<a href='g"h.zip'>7<abbr href=no><a  href==i.zip>8<a
           href=j.zip
           >9</a x><a href="k.zip" / data-yanked=z>10"#,
        r#"<a href="ok.zip">1<a href="never closed.zip>2 <a href='x.zip'>"#,
        r#"<a href="ok.zip">1<a href= "open>2 <a href=x.zip>3"#,
        "<a href=ok.zip <a href=second.zip>text<a href=third.zip",
        "<a href=ok.zip>1 < 2 <3 <- <! <!x> <? <?php echo '<a href=no.zip>' ?><a href=b.zip>",
        "<!-- <a href=no.zip> -- > <a href=a.zip><!--x--><a href=b.zip><!-- never <a href=no.zip>",
        "<![CDATA[ <a href=no.zip> ]]><a href=a.zip><![if !IE]><a href=b.zip><![endif]><a href=c.zip>",
        "<script>if (a<b) '<a href=no.zip>'</script><style>a<a href=no.zip></STYLE ><a href=a.zip>
         <script>open <a href=no.zip>",
        "</a href=no.zip></ a></><//><a href=a.zip></1><a href=b.zip>",
        "<p><a href=a.zip></p></a></b><noscript><a href=c.zip></noscript>",
        "<a href='a.zip?a=1&amp;b=2&lt=3&copy;=4&copyx=5&notit;&#x41;&#65&#0;&#128;&#xD800;&#1;&bogus;&'>
         <a href='b.zip' data-requires-python='&gt;=3.6&comma;&lt;4&nbsp'>",
    ];
    compare(&pages.iter().map(html).collect::<Vec<_>>());
}

#[test]
fn json_pages() {
    let pages = [
        r#"{"meta": {"api-version": "1.1"}, "name": "pkg", "versions": ["1.0"], "files": [
            {"filename": "pkg-1.0.whl", "url": "https://files.test/pkg-1.0.whl", "hashes": {"sha256": "aa", "md5": "bb", "blake2b_256": "x"},
             "requires-python": ">=3.6", "size": 12, "upload-time": "2024-01-02T03:04:05.678901Z", "yanked": false,
             "core-metadata": {"sha256": "cc"}, "data-dist-info-metadata": {"sha256": "dd"}},
            {"url": "../../pkg-1.1.tar.gz#sha256=ff", "hashes": {"sha256": "aa"}, "yanked": true, "core-metadata": true},
            {"url": "pkg-1.2.zip#md5=ff", "hashes": {"sha256": "aa"}, "yanked": "reason", "dist-info-metadata": {"sha256": "cc"}},
            {"url": "pkg-1.3.zip", "hashes": {}, "yanked": "", "core-metadata": {}, "requires-python": ""},
            {"url": "pkg-1.4.zip", "core-metadata": null, "dist-info-metadata": true, "yanked": null, "requires-python": null},
            {"url": "pkg-1.5.zip", "core-metadata": false, "dist-info-metadata": true},
            {"url": "pkg-1.6.zip", "core-metadata": {"blake2": "x"}, "yanked": 1},
            {"url": "pkg 1.7+x.zip", "yanked": []},
            {"hashes": {"sha256": "aa"}},
            {"url": null},
            {"url": "pkg-1.4.zip", "yanked": true}]}"#,
        r#"{"files": [{"url": "a.zip", "url": "b.zip", "hashes": {"md5": "1"}, "hashes": {"sha256": "2"}}]}"#,
        r#"{"files": []}"#,
        r#"{"meta": {}, "name": "no files"}"#,
        r#"{"files": [{"url": "https:\/\/h.test\/\u00e9\ud83d\ude00.zip", "yanked": "\"quoted\" \u2028"}]}"#,
    ];
    let cases: Vec<Value> =
        pages.iter().map(|body| case("https://idx.test/simple/pkg/", JSON, body)).collect();
    compare(&cases);
}

#[test]
fn a_text_that_is_no_json_is_an_error() {
    assert!(page::links(b"<html>", JSON, "https://h/", LinkSource::Index).is_err());
}

#[test]
fn content_types() {
    use page::PageFormat;
    assert_eq!(PageFormat::of("Text/HTML; charset=x"), Some(PageFormat::Html));
    assert_eq!(PageFormat::of(JSON), Some(PageFormat::Json));
    assert_eq!(PageFormat::of("application/vnd.pypi.simple.v1+html"), Some(PageFormat::Html));
    assert_eq!(PageFormat::of("application/json"), None);
    assert_eq!(PageFormat::of(""), None);
}
