// What a simulated client asks, and what it may be answered.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/random.h"

namespace millrace::sim {

/// Besides `status` a server may say 503 to anybody (it is busy, or stops), and 408 to who is slow.
struct Exchange {
  enum class End : uint8_t {
    kWhole,  ///< The answer has an end.
    kNever,  ///< It has none: an answer that looks whole is wrong.
  };
  enum class Trust : uint8_t {
    kExact,      ///< The status and every byte are known.
    kMayFail,    ///< Or it fails, because a file or a socket does: 500, 507.
    kMalformed,  ///< No request: nothing is known from then on.
  };

  using Fields = std::vector<std::pair<std::string, std::string>>;

  std::string method = "GET";
  std::string target;
  Fields fields;        ///< Names in lower case; none that concerns a connection.
  std::string content;  ///< Of a PUT.
  std::string request;  ///< All of it, as HTTP/1.1.

  int status = 200;
  /// Every byte of the body, or its beginning when it never ends.
  std::shared_ptr<const std::string> body;
  bool is_compressed = false;
  bool answers_head = false;
  End end = End::kWhole;
  Trust trust = Trust::kExact;

  static Exchange draw(Random& random);
  /// A plain GET of what anybody can have.
  static Exchange small();
  static Exchange whole_film();
};

}  // namespace millrace::sim
