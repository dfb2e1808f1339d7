//! Documents that look like real ones, a few of each format.

/// Media type and document.
pub const SEEDS: [(&str, &str); 12] = [
    (
        "application/rss+xml",
        r#"<?xml version="1.0" encoding="utf-8"?><!DOCTYPE rss [<!ENTITY nbsp "&#160;">]>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/"><channel><title>甲市日报</title><language>zh-cn</language>
<item><title>甲市召开防汛会议</title><link>https://a.example/n/7.html</link><guid isPermaLink="false">cms-7</guid>
<pubDate>Sat, 21 Nov 2026 09:00:00 +0800</pubDate><dc:creator>记者 王某</dc:creator><category>自然灾害</category>
<source url="https://b.example/">乙市发布</source><description>会议部署冬季水利建设。</description>
<content:encoded><![CDATA[<p>本报讯（记者 王某）会议部署冬季水利建设，</p><p>要求各县在年底前完成。</p>]]></content:encoded>
<media:content url="https://a.example/a.jpg" type="image/jpeg"><media:title>现场</media:title></media:content></item>
<item><title>第二条 &amp; 其他</title><link>/n/8.html</link><description>&lt;p&gt;只有摘要…&lt;/p&gt;</description></item>
</channel></rss>"#,
    ),
    (
        "application/atom+xml",
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh" xml:base="https://a.example/"><title>t</title><entry>
<id>tag:a,2026:1</id><title type="html">甲市&lt;b&gt;会议&lt;/b&gt;</title><link rel="alternate" href="1.html"/>
<published>2026-11-21T08:00:00+08:00</published><updated>2026-11-21T09:00:00Z</updated><author><name>王某</name></author>
<rights>版权所有</rights><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>正文一段。</p></div></content>
</entry><entry><id>2</id><title mode="base64">5Lya6K6u</title><summary>摘要</summary></entry></feed>"#,
    ),
    (
        "application/rdf+xml",
        r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel
rdf:about="https://a.example/"><title>甲</title></channel><item rdf:about="https://a.example/1"><title>会议</title>
<link>https://a.example/1</link><description>一段话，足够长的一段话。</description></item></rdf:RDF>"#,
    ),
    (
        "application/feed+json",
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"甲","home_page_url":"https://a.example/","items":[
{"id":"1","url":"/1","title":"会议","content_html":"<p>一段话。</p><p>另一段。</p>","date_published":"2026-11-21T08:00:00+08:00",
"tags":["水利"],"authors":[{"name":"王某"}],"attachments":[{"url":"https://a.example/a.jpg","mime_type":"image/jpeg"}]},
{"id":2,"content_text":"短讯\n一行","summary":"\u77ed\ud83d\ude00"}]}"#,
    ),
    (
        "application/json",
        r#"{"uri":"tag:a,2026:1","type":"text","standard":{"name":"ninjs","version":"3.1"},"version":"2","language":"zh-Hans",
"versionCreated":"2026-11-21T08:00:00Z","embargoedUntil":"2026-11-22T08:00:00+08:00","pubStatus":"usable","by":"王某",
"headlines":[{"role":"main","value":"会议"}],"bodies":[{"role":"main","contentType":"text/html","value":"<p>一段话。</p>"}],
"subjects":[{"name":"水利","uri":"https://cv.iptc.org/newscodes/mediatopic/20000430"}],"places":[{"name":"成都",
"geoJSON":{"type":"Point","coordinates":[104.0,30.6]}}],"infoSources":[{"name":"乙市发布","role":"originator"}],
"associations":[{"name":"image","uri":"a:2","type":"picture","renditions":[{"name":"main","href":"https://a.example/a.jpg",
"width":640}]}],"altIds":[{"role":"url","value":"https://a.example/1"}],"hub":{"hops":[{"seq":1,"party":"x"}]}}"#,
    ),
    (
        "application/json",
        r#"[{"uri":"a:1","headline":"会议","body_html":"<p>一段话。</p>","versioncreated":"2026-11-21T08:00:00Z","urgency":3},
{"uri":"a:2","pubstatus":"canceled"},{"uri":"a:3","headline":"图","body_text":"一行\n两行","infosource":[{"name":"乙"}]}]"#,
    ),
    (
        "text/html; charset=utf-8",
        r##"<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>防汛会议召开_甲市日报</title>
<link rel="canonical" href="/n/7.html"><meta name="PubDate" content="2026-11-21 08:00"><meta property="og:image" content="/a.jpg">
<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","author":[{"name":"王某"}]}</script></head><body>
<div class=nav><a href=/>首页</a> &gt; <a href=/n>新闻</a></div><h1>防汛会议召开</h1><div class=info>2026年11月21日 08:00
来源：乙市发布 记者：王某 <a href=#>打印</a></div><div class=content><p>　　本报讯 会议部署冬季水利建设，要求各县在年底前完成。</p>
<p>　　八市<b>媒体</b>(zhě)共同签署了框架协议。<img src=/a.jpg alt=现场><br>合作机制。</p><table><tr><td>甲<td>1.5%</table>
<ul><li>一<li>二</ul><svg><title>图</title><path d="M0 0"/></svg></div><p>责任编辑：李某</p><!-- 注 --><script>if(a<b){}</script></body></html>"##,
    ),
    (
        "text/html",
        "<div><p>一段话，<b>足够</b>长的<i>一段</i>话。</p><figure><img src='a.jpg'><figcaption>图</figcaption></figure></div>",
    ),
    (
        "text/plain",
        "甲市召开防汛会议\n来源：甲市日报 2026-11-21 08:00 记者 王某\n會議(huì)部署冬季水利建設，投入１２００萬元，增長3.5％。\n（责任编辑：李某）",
    ),
    (
        "application/xml",
        r#"<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:a:1" version="3" standard="NewsML-G2"
standardversion="2.35" conformance="power" xml:lang="zh"><rightsInfo><copyrightHolder literal="甲"/></rightsInfo><itemMeta><itemClass
qcode="ninat:text"/><versionCreated>2026-11-21T08:00:00Z</versionCreated><embargoed>2026-11-22T08:00:00Z</embargoed><pubStatus
qcode="stat:usable"/></itemMeta><contentMeta><headline>会议</headline></contentMeta><contentSet><inlineXML
contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body><p>一段话。</p></body></html></inlineXML>
</contentSet></newsItem>"#,
    ),
    (
        "application/xml",
        r#"<nitf><head><title>会议</title><docdata><doc-id id-string="1"/><date.issue norm="20261121T080000Z"/></docdata></head><body>
<body.head><hedline><hl1>会议</hl1></hedline><byline>王某</byline></body.head><body.content><p>一段话。</p></body.content></body></nitf>"#,
    ),
    (
        "application/rss+xml",
        r#"<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><wp:wxr_version>1.2</wp:wxr_version><item><title>会议</title><guid>https://a.example/?p=1</guid><wp:post_id>1</wp:post_id>
<wp:post_type>post</wp:post_type><wp:status>publish</wp:status><content:encoded><![CDATA[一段话。

另一段。]]></content:encoded></item></channel></rss>"#,
    ),
];
