#include "tests/sim/exchange.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "http/gzip.h"
#include "tests/sim/content.h"
#include "tests/sim/routes.h"

namespace millrace::sim {
namespace {

using Text = std::shared_ptr<const std::string>;
using End = Exchange::End;
using Trust = Exchange::Trust;

Text text_of(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

struct Known {
  std::string_view target;
  Text body;
  bool is_compressible = false;
  End end = End::kWhole;
  Trust trust = Trust::kExact;
};

const std::vector<Known>& known() {
  static const std::vector<Known> all = [] {
    const Content& content = Content::get();
    const Text streamed = text_of(streamed_text());
    return std::vector<Known>{
        {.target = "/small", .body = text_of(content.small)},
        {.target = "/text", .body = text_of(content.text), .is_compressible = true},
        {.target = "/shared", .body = content.shared},
        {.target = "/film", .body = text_of(content.film)},
        {.target = "/pieces", .body = text_of(content.expected_pieces())},
        {.target = "/layout", .body = text_of(content.laid_out)},
        {.target = "/stream", .body = streamed},
        {.target = "/broken", .body = streamed, .end = End::kNever},
        {.target = "/endless", .body = streamed, .end = End::kNever},
        {.target = "/patient", .body = text_of("patient")},
        {.target = "/deaf", .body = text_of("deaf")},
        {.target = "/read",
         .body = text_of(content.film.substr(0, kReadBytes)),
         .trust = Trust::kMayFail},
        {.target = "/files/page.html",
         .body = text_of(content.page),
         .is_compressible = true,
         .trust = Trust::kMayFail},
        {.target = "/files/segment.mp4",
         .body = text_of(content.segment),
         .trust = Trust::kMayFail},
    };
  }();
  return all;
}

void write_head(Exchange& exchange, std::string_view more = {}) {
  exchange.request =
      fmt::format("{} {} HTTP/1.1\r\nHost: sim\r\n", exchange.method, exchange.target);
  for (const auto& [name, value] : exchange.fields) {
    exchange.request += fmt::format("{}: {}\r\n", name, value);
  }
  exchange.request.append(more).append("\r\n");
}

Exchange ask(const Known& what, Exchange::Fields fields = {}) {
  Exchange exchange;
  exchange.target = what.target;
  exchange.fields = std::move(fields);
  exchange.body = what.body;
  exchange.end = what.end;
  exchange.trust = what.trust;
  write_head(exchange);
  return exchange;
}

Exchange draw_range(Random& random, const Known& what) {
  const size_t size = what.body->size();
  const size_t first = random.below(size);
  const size_t last = first + random.below(size - first);
  Exchange exchange = ask(what, {{"range", fmt::format("bytes={}-{}", first, last)}});
  exchange.status = 206;
  exchange.body = text_of(what.body->substr(first, last - first + 1));
  return exchange;
}

Exchange draw_get(Random& random) {
  const Known& what = known()[random.below(known().size())];
  const bool has_range = what.target == "/film" || what.target == "/layout" ||
                         what.target == "/shared" || what.target == "/pieces";
  if (has_range && random.chance(500)) return draw_range(random, what);
  if (what.is_compressible && random.chance(500)) {
    Exchange exchange = ask(what, {{"accept-encoding", "gzip"}});
    exchange.is_compressed = true;
    exchange.body = text_of(http::gzip(*what.body).value());
    return exchange;
  }
  Exchange exchange = ask(what);
  if (random.chance(60)) {
    exchange.method = "HEAD";
    exchange.answers_head = true;
    exchange.end = End::kWhole;
  }
  write_head(exchange, random.chance(60) ? "Connection: close\r\n" : "");
  return exchange;
}

std::string chunked(Random& random, std::string_view body) {
  std::string framed;
  while (!body.empty()) {
    const std::string_view chunk = body.substr(0, random.some_of(20'000));
    body.remove_prefix(chunk.size());
    framed += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  }
  return framed + "0\r\n\r\n";
}

Exchange draw_put(Random& random) {
  struct Answer {
    std::string_view target;
    std::string_view text;  // "": the sum.
    Trust trust;
  };
  static constexpr Answer kAnswers[] = {
      {.target = "/sum", .text = "", .trust = Trust::kMayFail},
      {.target = "/store", .text = "", .trust = Trust::kMayFail},
      {.target = "/half", .text = "enough", .trust = Trust::kMayFail},
      {.target = "/unread", .text = "whatever", .trust = Trust::kExact},
  };
  // Reading a body fails with the socket that it comes from.
  const Answer& answer = random.pick(kAnswers);
  static constexpr size_t kSizes[] = {1, 100, 5'000, 40'000, 150'000};
  const size_t first = random.below(100'000);
  const bool is_chunked = random.chance(500);
  Exchange exchange;
  exchange.method = "PUT";
  exchange.target = answer.target;
  exchange.content = Content::get().film.substr(first, random.between(1, random.pick(kSizes)));
  const std::string& content = exchange.content;
  if (random.chance(200)) exchange.fields.emplace_back("expect", "100-continue");
  if (!is_chunked) exchange.fields.emplace_back("content-length", std::to_string(content.size()));
  write_head(exchange, is_chunked ? "Transfer-Encoding: chunked\r\n" : "");
  exchange.request += is_chunked ? chunked(random, content) : content;
  exchange.body = text_of(answer.text.empty() ? sum_of(content) : std::string(answer.text));
  exchange.trust = answer.trust;
  return exchange;
}

Exchange draw_malformed(Random& random) {
  Exchange exchange = random.chance(500) ? draw_get(random) : draw_put(random);
  const size_t changes = random.between(1, 3);
  for (size_t i = 0; i < changes; ++i) {
    const size_t place = random.below(std::min<size_t>(exchange.request.size(), 200));
    exchange.request[place] = static_cast<char>(random.next());
  }
  if (random.chance(100)) exchange.request.insert(20, std::string(20'000, 'x'));
  exchange.fields.emplace_back("connection", "close");  // Malformed where there are streams.
  exchange.trust = Trust::kMalformed;
  return exchange;
}

}  // namespace

Exchange Exchange::draw(Random& random) {
  const size_t kind = random.below(100);
  if (kind < 65) return draw_get(random);
  return kind < 94 ? draw_put(random) : draw_malformed(random);
}

Exchange Exchange::small() { return ask(known().front()); }

Exchange Exchange::whole_film() { return ask(known()[3]); }

}  // namespace millrace::sim
