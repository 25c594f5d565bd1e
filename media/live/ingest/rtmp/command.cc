#include "media/live/ingest/rtmp/command.h"

#include <array>

namespace millrace::media::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using flv::AmfKind;
using flv::AmfProperty;
using flv::AmfValue;

// What encoders look for: they compare it with versions of Adobe's server.
constexpr const char* kServerVersion = "FMS/3,5,7,7009";
constexpr double kCapabilities = 31;

// FourCcInfoMask
constexpr double kCanDecode = 1;
constexpr double kCanForward = 4;
// CapsExMask: extensions are read, and nanoseconds among them. Of several tracks only one would be
// taken, and a reconnect is never asked for.
constexpr double kCapsModEx = 4;
constexpr double kCapsTimestampOffset = 8;

constexpr std::array<const char*, 5> kVideoFourCcs{"avc1", "hvc1", "av01", "vp09", "vp08"};
constexpr std::array<const char*, 6> kAudioFourCcs{"mp4a", "Opus", "fLaC", "ac-3", "ec-3", ".mp3"};

AmfValue four_cc_list() {
  std::vector<AmfValue> list;
  for (const char* four_cc : kVideoFourCcs) list.push_back(AmfValue::of(four_cc));
  for (const char* four_cc : kAudioFourCcs) list.push_back(AmfValue::of(four_cc));
  return AmfValue::array(std::move(list));
}

AmfValue four_cc_map(std::span<const char* const> four_ccs) {
  std::vector<AmfProperty> map;
  for (const char* four_cc : four_ccs) {
    map.push_back({.name = four_cc, .value = AmfValue::of(kCanDecode + kCanForward)});
  }
  return AmfValue::object(std::move(map));
}

// Each only to those who have spoken of it: others may trip over a property they do not know.
void append_enhancements(std::vector<AmfProperty>& properties, const AmfValue& client) {
  if (client.find("fourCcList") != nullptr) properties.push_back({"fourCcList", four_cc_list()});
  if (client.find("videoFourCcInfoMap") != nullptr) {
    properties.push_back({"videoFourCcInfoMap", four_cc_map(kVideoFourCcs)});
  }
  if (client.find("audioFourCcInfoMap") != nullptr) {
    properties.push_back({"audioFourCcInfoMap", four_cc_map(kAudioFourCcs)});
  }
  if (client.find("capsEx") != nullptr) {
    properties.push_back({"capsEx", AmfValue::of(kCapsModEx + kCapsTimestampOffset)});
  }
}

}  // namespace

std::string_view Command::text_argument(size_t index) const noexcept {
  const bool is_text = index < arguments.size() && arguments[index].kind == AmfKind::kString;
  return is_text ? std::string_view(arguments[index].text) : std::string_view();
}

double Command::number_argument(size_t index) const noexcept {
  const bool is_number = index < arguments.size() && arguments[index].kind == AmfKind::kNumber;
  return is_number ? arguments[index].number : 0;
}

Result<Command> read_command(std::span<const std::byte> body) {
  auto values = flv::read_amf0(body);
  if (!values) return std::unexpected(values.error());
  if (values->empty() || values->front().kind != AmfKind::kString) {
    return fail(ErrorCode::kMalformed, "rtmp: command");
  }
  Command command;
  command.name = std::move(values->front().text);
  if (values->size() > 1) command.transaction = (*values)[1].number;
  if (values->size() > 2) command.object = std::move((*values)[2]);
  for (size_t i = 3; i < values->size(); ++i) command.arguments.push_back(std::move((*values)[i]));
  return command;
}

std::vector<std::byte> write_command(const Command& command) {
  std::vector<std::byte> body;
  append_amf0(body, AmfValue::of(command.name));
  append_amf0(body, AmfValue::of(command.transaction));
  append_amf0(body, command.object);
  for (const AmfValue& argument : command.arguments) append_amf0(body, argument);
  return body;
}

AmfValue status_object(const Status& status) {
  const char* level = status.level == StatusLevel::kStatus ? "status" : "error";
  return AmfValue::object({{"level", AmfValue::of(level)},
                           {"code", AmfValue::of(status.code)},
                           {"description", AmfValue::of(status.description)}});
}

Command on_status(const Status& status) {
  return {.name = "onStatus", .transaction = 0, .object = {}, .arguments = {status_object(status)}};
}

std::string app_of(const Command& connect) {
  std::string_view app = connect.object.text_of("app");
  app = app.substr(0, app.find('?'));
  while (app.starts_with('/')) app.remove_prefix(1);
  while (app.ends_with('/')) app.remove_suffix(1);
  return std::string(app);
}

Command connect_result(const Command& connect) {
  std::vector<AmfProperty> properties{{"fmsVer", AmfValue::of(kServerVersion)},
                                      {"capabilities", AmfValue::of(kCapabilities)},
                                      {"mode", AmfValue::of(1.0)}};
  append_enhancements(properties, connect.object);
  AmfValue information = status_object({.level = StatusLevel::kStatus,
                                        .code = "NetConnection.Connect.Success",
                                        .description = "Connection succeeded."});
  information.properties.push_back({"objectEncoding", AmfValue::of(0.0)});
  return {.name = "_result",
          .transaction = connect.transaction,
          .object = AmfValue::object(std::move(properties)),
          .arguments = {std::move(information)}};
}

}  // namespace millrace::media::rtmp
