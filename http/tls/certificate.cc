#include "http/tls/certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>

namespace millrace::http::tls {
namespace {

using Refused = std::unexpected<std::string>;

// A chain of four RSA-4096 certificates is 8 KiB.
constexpr size_t kFileSizeMax = size_t{1} << 20;
constexpr size_t kChainMax = 16;
constexpr int kRsaBitsMin = 2048;
constexpr int kCurveBitsMin = 256;

std::expected<std::string, std::string> read_file(const std::string& name) {
  std::ifstream stream(name, std::ios::binary);
  if (!stream.is_open()) {
    return Refused(
        fmt::format("{}: cannot be read ({}); name a file that exists and that this "
                    "user may read",
                    name, strerrordesc_np(errno)));
  }
  std::string text(kFileSizeMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || static_cast<size_t>(stream.gcount()) > kFileSizeMax) {
    return Refused(fmt::format("{}: cannot be read, or larger than 1 MiB", name));
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

Bio bio_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Instead of asking the terminal.
int no_password(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::expected<PrivateKey, std::string> parse_key(const CertificateText& text) {
  bool is_encrypted = false;
  const Bio bio = bio_of(text.key);
  PrivateKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &is_encrypted));
  ERR_clear_error();
  if (key != nullptr) return key;
  if (is_encrypted) {
    return Refused(
        fmt::format("{}: the key is encrypted; store it decrypted, readable by this "
                    "user only (openssl pkey -in {} -out FILE)",
                    text.key_file, text.key_file));
  }
  return Refused(
      fmt::format("{}: no private key in PEM form (-----BEGIN PRIVATE KEY-----)", text.key_file));
}

std::expected<void, std::string> parse_chain(const CertificateText& text, Certificate& into) {
  const Bio bio = bio_of(text.certificate);
  for (size_t count = 0; count <= kChainMax; ++count) {
    X509Certificate one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) break;
    if (into.own == nullptr) {
      into.own = std::move(one);
    } else {
      into.chain.push_back(std::move(one));
    }
  }
  const unsigned long why = ERR_peek_last_error();
  ERR_clear_error();
  if (into.own == nullptr) {
    return Refused(fmt::format("{}: no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
                               text.certificate_file));
  }
  if (ERR_GET_REASON(why) != PEM_R_NO_START_LINE) {
    return Refused(
        fmt::format("{}: certificate {} of the chain is damaged, or there are more "
                    "than {}",
                    text.certificate_file, into.chain.size() + 2, kChainMax));
  }
  return {};
}

std::expected<void, std::string> check_key(const CertificateText& text,
                                           const Certificate& certificate) {
  if (X509_check_private_key(certificate.own.get(), certificate.key.get()) != 1) {
    ERR_clear_error();
    return Refused(
        fmt::format("{}: not the key of the certificate in {}; the first certificate "
                    "there must be the server's own",
                    text.key_file, text.certificate_file));
  }
  const int bits = EVP_PKEY_get_bits(certificate.key.get());
  switch (EVP_PKEY_get_base_id(certificate.key.get())) {
    case EVP_PKEY_RSA:
      if (bits >= kRsaBitsMin) return {};
      break;
    case EVP_PKEY_EC:
      if (bits >= kCurveBitsMin) return {};
      break;
    case EVP_PKEY_ED25519:
      return {};
    default:
      return Refused(fmt::format("{}: keys must be ECDSA, RSA or Ed25519", text.key_file));
  }
  return Refused(
      fmt::format("{}: a key of {} bits is too weak; make one of P-256, or RSA of 2048 "
                  "bits or more",
                  text.key_file, bits));
}

core::UnixTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::expected<void, std::string> check_dates(const CertificateText& text, Certificate& certificate,
                                             core::UnixTime now) {
  certificate.not_after = time_of(X509_get0_notAfter(certificate.own.get()));
  const core::UnixTime not_before = time_of(X509_get0_notBefore(certificate.own.get()));
  const auto day = [](core::UnixTime time) {
    return std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time));
  };
  const auto text_of = [&](core::UnixTime time) {
    return fmt::format("{}-{:02}-{:02}", static_cast<int>(day(time).year()),
                       static_cast<unsigned>(day(time).month()),
                       static_cast<unsigned>(day(time).day()));
  };
  if (now > certificate.not_after) {
    return Refused(fmt::format("{}: expired on {}; renew it", text.certificate_file,
                               text_of(certificate.not_after)));
  }
  if (now < not_before) {
    return Refused(fmt::format("{}: valid only from {}; is this machine's clock right?",
                               text.certificate_file, text_of(not_before)));
  }
  return {};
}

void add_name(std::vector<std::string>& names, std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (name.empty() || name.contains('\0') || std::ranges::find(names, name) != names.end()) {
    return;
  }
  names.push_back(std::move(name));
}

std::string_view view_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<size_t>(ASN1_STRING_length(text))};
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, FreedBy<GENERAL_NAMES_free>> alternatives(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (alternatives != nullptr) {
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
      if (name->type == GEN_DNS) add_name(names, view_of(name->d.dNSName));
    }
    return names;
  }
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) add_name(names, view_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return names;
}

}  // namespace

std::expected<CertificateText, std::string> read_certificate(const std::string& certificate_file,
                                                             const std::string& key_file) {
  auto certificate = read_file(certificate_file);
  if (!certificate) return Refused(certificate.error());
  auto key = read_file(key_file);
  if (!key) return Refused(key.error());
  return CertificateText{.certificate_file = certificate_file,
                         .key_file = key_file,
                         .certificate = std::move(*certificate),
                         .key = std::move(*key)};
}

std::expected<Certificate, std::string> parse_certificate(const CertificateText& text,
                                                          core::UnixTime now) {
  Certificate certificate;
  if (auto parsed = parse_chain(text, certificate); !parsed) return Refused(parsed.error());
  auto key = parse_key(text);
  if (!key) return Refused(key.error());
  certificate.key = std::move(*key);
  if (auto checked = check_key(text, certificate); !checked) return Refused(checked.error());
  if (auto checked = check_dates(text, certificate, now); !checked) {
    return Refused(checked.error());
  }
  certificate.names = names_of(certificate.own.get());
  ERR_clear_error();
  return certificate;
}

}  // namespace millrace::http::tls
