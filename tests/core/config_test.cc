#include "core/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "core/config_keys.h"

namespace millrace::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::expected<Config, std::string> read(std::string_view text) {
  const ConfigSource source = {.name = "millrace.toml", .text = std::string(text)};
  return read_config({&source, 1});
}

/// The message for a text that must be refused.
std::string complaint(std::string_view text) {
  const auto config = read(text);
  EXPECT_FALSE(config.has_value()) << text;
  return config ? "" : config.error();
}

TEST(ReadConfig, IsGoodWithoutAnySource) {
  const auto config = read_config({});
  ASSERT_TRUE(config.has_value()) << config.error();
  EXPECT_EQ(config->server.listen, (ListenAddress{.host = "127.0.0.1", .port = 8080}));
  EXPECT_EQ(config->http.head_timeout, seconds(10));
}

TEST(ReadConfig, ReadsEachKindOfValue) {
  const auto config = read(R"(
    server = { listen = "[::1]:0", cores = 2, cpu_affinity = [3, 1], pin = false }
    store.root = "/srv/millrace"
    [http]
    head_timeout = "250ms"
    head_size_max = "32 KiB"
    [transcode]
    ladder = ["h264", "av1"]
    audio = ["audio-96k"]
    h264_preset = "medium"
    [log]
    level = "debug"
    format = "json"
    [cors]
    allowed_origins = ["https://example.org:8443"]
  )");
  ASSERT_TRUE(config.has_value()) << config.error();
  EXPECT_EQ(config->server.listen, (ListenAddress{.host = "::1", .port = 0}));
  EXPECT_EQ(config->server.cores, 2U);
  EXPECT_EQ(config->server.cpu_affinity, (std::vector<uint32_t>{3, 1}));
  EXPECT_FALSE(config->server.pin);
  EXPECT_EQ(config->store.root, "/srv/millrace");
  EXPECT_EQ(config->http.head_timeout, milliseconds(250));
  EXPECT_EQ(config->http.head_size_max, 32_KiB);
  EXPECT_EQ(config->transcode.ladder, (std::vector{LadderCodec::kH264, LadderCodec::kAv1}));
  EXPECT_EQ(config->transcode.audio, (std::vector<std::string>{"audio-96k"}));
  EXPECT_EQ(config->transcode.h264_preset, "medium");
  EXPECT_EQ(config->log.level, LogLevel::kDebug);
  EXPECT_EQ(config->log.format, LogFormat::kJson);
  EXPECT_EQ(config->cors.allowed_origins, (std::vector<std::string>{"https://example.org:8443"}));
}

TEST(ReadConfig, ReadsRungsAndNamesThemByHeightAndCodec) {
  const auto config = read(R"(
    [[transcode.rung]]
    height = 720
    bitrate = "2800kbps"
    max_bitrate = "4200kbps"
    preset = "slow"
    [[transcode.rung]]
    codec = "vp9"
    height = 720
    bitrate = "2Mbps"
    [[transcode.rung]]
    quality = "small"
    height = 180
    bitrate = "200kbps"
  )");
  ASSERT_TRUE(config.has_value()) << config.error();
  EXPECT_EQ(config->transcode.rung,
            (std::vector<RungConfig>{{.quality = "720p",
                                      .height = 720,
                                      .bitrate_bps = 2'800'000,
                                      .max_bitrate_bps = 4'200'000,
                                      .preset = "slow"},
                                     {.quality = "720p-vp9",
                                      .codec = LadderCodec::kVp9,
                                      .height = 720,
                                      .bitrate_bps = 2'000'000},
                                     {.quality = "small",
                                      .height = 180,
                                      .bitrate_bps = 200'000}}));
}

TEST(ReadConfig, ReadsAddressesAndCertificatesOfTls) {
  const auto config = read(R"(
    [tls]
    listen = ["0.0.0.0:443", "[::]:443"]
    min_version = "1.3"
    [[tls.certificate]]
    certificate = "a.pem"
    key = "a.key"
    [[tls.certificate]]
    key = "b.key"
    certificate = "b.pem"
  )");
  ASSERT_TRUE(config.has_value()) << config.error();
  EXPECT_EQ(config->tls.listen, (std::vector<ListenAddress>{{.host = "0.0.0.0", .port = 443},
                                                            {.host = "::", .port = 443}}));
  EXPECT_EQ(config->tls.min_version, TlsVersion::kTls13);
  EXPECT_EQ(config->tls.certificate,
            (std::vector<CertificateConfig>{{.certificate = "a.pem", .key = "a.key"},
                                            {.certificate = "b.pem", .key = "b.key"}}));
}

TEST(ReadConfig, RefusesTlsThatCannotBeServed) {
  EXPECT_TRUE(complaint("tls.listen = [\"0.0.0.0:443\"]").contains("[[tls.certificate]]"));
  EXPECT_TRUE(complaint("tls.certificate = [{certificate = \"a.pem\"}]")
                  .contains("tls.certificate[0] must be a table with certificate and key"));
  EXPECT_TRUE(complaint("tls.certificate = [{certificate = \"a.pem\", key = 3}]")
                  .contains("tls.certificate[0].key must be a path"));
  EXPECT_TRUE(complaint("tls.listen = [\"0.0.0.0:443\", \"0.0.0.0:443\"]")
                  .contains("different addresses"));
}

TEST(ReadConfig, NamesFileLineKeyRuleValueAndCure) {
  EXPECT_EQ(complaint("[http]\nhead_timeout = \"1h\"\n"),
            "millrace.toml:2: http.head_timeout must be a duration from 100ms to 5min, in quotes "
            "with its unit ms, s, min, h or d, got \"1h\"; the default is \"10s\"");
  EXPECT_EQ(complaint("workers.max = 257"),
            "millrace.toml:1: workers.max must be a whole number from 0 to 256, got 257; the "
            "default is 0");
  EXPECT_EQ(complaint("log.level = \"verbose\""),
            "millrace.toml:1: log.level must be one of \"debug\", \"info\", \"warning\", "
            "\"error\", got \"verbose\"; the default is \"info\"");
  EXPECT_EQ(complaint("[[transcode.rung]]\nheight = 720\nbitrate = 2800\n"),
            "millrace.toml:1: transcode.rung[0].bitrate must be a bitrate from \"10kbps\", in "
            "quotes with its unit kbps or Mbps, got 2800; the default is []");
}

TEST(ReadConfig, RefusesAKeyThatIsNone) {
  EXPECT_EQ(complaint("[http]\nhead_timeot = \"1s\"\n"),
            "millrace.toml:2: http.head_timeot is no key; did you mean http.head_timeout?");
  EXPECT_EQ(complaint("colour = 1"),
            "millrace.toml:1: colour is no key; `millrace --print-config` lists them all");
  EXPECT_EQ(complaint("\"http.head_timeout\" = \"1s\""),
            "millrace.toml:1: \"http.head_timeout\" is no key; did you mean http.head_timeout?");
  EXPECT_EQ(complaint("server.listen.port = 1"),
            "millrace.toml:1: server.listen.port is no key; did you mean server.listen?");
}

TEST(ReadConfig, RefusesTextThatIsNotToml) {
  EXPECT_TRUE(complaint("[http]\nhead_timeout = \n").starts_with("millrace.toml:2: not TOML: "));
  EXPECT_TRUE(complaint("a = 1\na = 2").starts_with("millrace.toml:2: not TOML: "));
  EXPECT_TRUE(complaint("# " + std::string(300'000, 'x')).ends_with("this has 300002"));
}

TEST(ReadConfig, TellsAllMistakesAtOnce) {
  EXPECT_EQ(complaint("workers.max = -1\nupload.max_size = \"1GB\"\n"),
            "millrace.toml:2: upload.max_size must be a size from 1B to 16TiB, in quotes with its "
            "unit B, KiB, MiB, GiB or TiB, got \"1GB\"; the default is \"64GiB\"\n"
            "millrace.toml:1: workers.max must be a whole number from 0 to 256, got -1; the "
            "default is 0");
}

TEST(ReadConfig, RefusesEveryOtherTypeForEveryKey) {
  for (const ConfigKey& key : config_keys()) {
    for (const std::string_view value :
         {"1979-05-27", "[1979-05-27]", "-1", "1.5", "nan", "\"\\u0000\"", "[[1]]",
          "[{ a = 1 }]", "99999999999999"}) {
      const std::string text = std::string(key.path) + " = " + std::string(value);
      const std::string message = complaint(text);
      EXPECT_NE(message.find(std::string(key.path)), std::string::npos) << message;
    }
  }
}

TEST(ReadConfig, RefusesValuesAtTheEdgeOfTheirForm) {
  for (const std::string_view text :
       {R"(server.listen = "localhost:80")", R"(server.listen = "127.0.0.1")",
        R"(server.listen = "127.0.0.1:65536")", R"(server.listen = "::1:80")",
        R"(server.listen = "[127.0.0.1]:80")", R"(server.listen = "127.0.0.1:80x")",
        R"(store.root = "")", R"(transcode.ladder = [])", R"(transcode.ladder = ["h264", "h264"])",
        R"(transcode.audio = ["audio-8k"])", R"(transcode.audio = ["audio-0128k"])",
        R"(transcode.audio = ["audio-k"])", R"(transcode.audio = ["audio-128k-opus"])",
        R"(transcode.audio = ["audio-64k", "audio-64k"])",
        R"(cors.allowed_origins = ["https://"])", R"(cors.allowed_origins = ["https://a/b"])",
        R"(cors.allowed_origins = ["null"])", R"(server.cpu_affinity = [4096])",
        R"(transcode.rung = [{ height = 720 }])", R"(transcode.rung = [1])",
        R"(transcode.rung = [{ height = 721, bitrate = "1Mbps" }])",
        R"(transcode.rung = [{ height = 720, bitrate = "1Mbps", color = 1 }])",
        R"(transcode.rung = [{ height = 720, bitrate = "2Mbps", max_bitrate = "1Mbps" }])",
        R"(transcode.rung = [{ height = 720, bitrate = "1Mbps", quality = "../x" }])",
        R"(transcode.rung = [{height=720, bitrate="1Mbps"}, {height=720, bitrate="2Mbps"}])"}) {
    EXPECT_FALSE(read(text).has_value()) << text;
  }
}

TEST(ReadConfig, RefusesValuesThatContradictEachOther) {
  EXPECT_EQ(complaint("http.connections_max = 10\nhttp.connections_per_core_max = 20\n"),
            "millrace.toml:2: http.connections_per_core_max must be at most http.connections_max, "
            "10, got 20; raise the one or lower the other");
  EXPECT_TRUE(complaint("http.target_size_max = \"16KiB\"").starts_with("millrace.toml:1: http."));
  EXPECT_TRUE(complaint("server.cores = 3\nserver.cpu_affinity = [0, 1]")
                  .starts_with("millrace.toml:1: server.cores must be at most the 2 CPUs"));
}

TEST(ReadConfig, LaysLaterSourcesOverEarlierOnes) {
  const ConfigSource sources[] = {{.name = "a", .text = "workers.max = 2\nworkers.threads = 3"},
                                  {.name = "b", .text = "workers.max = 4"}};
  const auto config = read_config(sources);
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->workers.max, 4U);
  EXPECT_EQ(config->workers.threads, 3U);
}

TEST(LoadConfig, TakesSettingsFromTheCommandLine) {
  const std::vector<std::string> settings = {"server.listen=127.0.0.1:0", "workers.max=2",
                                             "http.head_timeout=5s", "server.pin=false",
                                             "transcode.ladder=[\"vp9\"]"};
  const auto config = load_config("", settings);
  ASSERT_TRUE(config.has_value()) << config.error();
  EXPECT_EQ(config->server.listen.port, 0);
  EXPECT_EQ(config->workers.max, 2U);
  EXPECT_EQ(config->http.head_timeout, seconds(5));
  EXPECT_FALSE(config->server.pin);
  EXPECT_EQ(config->transcode.ladder, (std::vector{LadderCodec::kVp9}));

  const std::vector<std::string> bad = {"server.port=1"};
  EXPECT_EQ(load_config("", bad).error(),
            "--set server.port=1:1: server.port is no key; did you mean server.pin?");
  const std::vector<std::string> no_value = {"server"};
  EXPECT_FALSE(load_config("", no_value).has_value());
}

TEST(LoadConfig, SaysWhichFileItCannotRead) {
  EXPECT_EQ(load_config("/no/such/millrace.toml", {}).error(),
            "/no/such/millrace.toml: cannot be read (No such file or directory); name a file that "
            "exists and that this user may read");
}

std::string example_file() {
  std::ifstream file(MR_EXAMPLE_CONFIG);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(ConfigReference, IsWhatTheExampleFileHolds) {
  EXPECT_EQ(config_reference(), example_file())
      << "write it again: millrace --print-config > millrace.example.toml";
}

TEST(ConfigReference, SetsEveryKeyToItsDefault) {
  const auto config = read(config_reference());
  ASSERT_TRUE(config.has_value()) << config.error();
  Config defaults;
  Config read_back = *config;
  for (const ConfigKey& key : config_keys()) {
    std::visit(
        [&](const auto& rule) {
          EXPECT_EQ(rule.shown_in(read_back), rule.shown_in(defaults)) << key.path;
        },
        key.rule);
  }
}

TEST(ConfigKeys, AreNamedOnceAndDescribedInALine) {
  std::set<std::string_view> paths;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_TRUE(key.meaning.ends_with('.')) << key.path;
    EXPECT_LE(key.meaning.size(), 98U) << key.path;
  }
}

}  // namespace
}  // namespace millrace::core
