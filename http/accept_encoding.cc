#include "http/accept_encoding.h"

#include <optional>

#include "http/token.h"

namespace millrace::http {
namespace {

// Thousandths, as the grammar has at most three decimals: "1", "0.5", "0.001".
std::optional<int> parse_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  if (text.size() == 1) return thousandths;
  if (text[1] != '.') return std::nullopt;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return std::nullopt;
    thousandths += (c - '0') * unit;
    unit /= 10;
  }
  if (thousandths > 1000) return std::nullopt;
  return thousandths;
}

std::optional<int> weight_of(std::string_view parameters) noexcept {
  const std::string_view parameter = trim(parameters);
  if (parameter.empty()) return 1000;
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return std::nullopt;
  return parse_weight(parameter.substr(2));
}

}  // namespace

ContentCoding choose_coding(std::string_view accept_encoding) noexcept {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> any;
  while (!accept_encoding.empty()) {
    std::string_view parameters = take_list_element(accept_encoding);
    const std::string_view coding = trim(take_until(parameters, ';'));
    const std::optional<int> weight = weight_of(parameters);
    if (!weight) continue;
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip")) {
      gzip = weight;
    } else if (equal_ignoring_case(coding, "identity")) {
      identity = weight;
    } else if (coding == "*") {
      any = weight;
    }
  }
  const int gzip_weight = gzip.value_or(any.value_or(0));
  // Identity is acceptable unless refused, but loses to any coding the client has named.
  const int identity_weight = identity.value_or(any.value_or(1));
  const bool prefers_gzip = gzip_weight > 0 && gzip_weight >= identity_weight;
  return prefers_gzip ? ContentCoding::kGzip : ContentCoding::kIdentity;
}

}  // namespace millrace::http
