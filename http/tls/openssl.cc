#include "http/tls/openssl.h"

#include <openssl/err.h>

namespace millrace::http::tls {

std::string last_openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? std::string() : std::string(reason);
}

}  // namespace millrace::http::tls
