// UP-01 of the checklist, tus 1.0.0, rule by rule over a real connection.
#include <gtest/gtest.h>

#include <string>

#include "core/base64.h"
#include "core/control.h"
#include "core/hash.h"
#include "media/upload/recovery.h"
#include "media/upload/tus_routes.h"
#include "media/upload/upload_routes.h"
#include "tests/http/loopback.h"
#include "tests/media/catalogue/test_store.h"

namespace millrace::media::upload {
namespace {

using http::Method;
using http::test::Client;
using http::test::Reply;

class Tus : public http::test::LoopbackTest {
 protected:
  Tus() {
    EXPECT_TRUE(store_.prepare());
    const std::string one = std::string(kUploadPath) + "/{upload}";
    router_.add(Method::kOptions, kUploadPath, http::endpoint<&TusRoutes::options_uploads>(tus_));
    router_.add(Method::kPost, kUploadPath, http::endpoint<&UploadRoutes::post_upload>(routes_));
    router_.add(Method::kHead, one, http::endpoint<&TusRoutes::head_upload>(tus_));
    router_.add(Method::kPatch, one, http::endpoint<&TusRoutes::patch_upload>(tus_));
    router_.add(Method::kDelete, one, http::endpoint<&TusRoutes::delete_upload>(tus_));
  }
  void SetUp() override { start(); }

  Reply ask(const std::string& method, const std::string& target, const std::string& fields,
            const std::string& body = {}) {
    Client client = connect();
    client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n" + fields +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_reply(method == "HEAD" ? Client::Of::kHead : Client::Of::kGet);
  }
  Reply with_tus(const std::string& method, const std::string& target,
                 const std::string& fields = {}, const std::string& body = {}) {
    return ask(method, target, "Tus-Resumable: 1.0.0\r\n" + fields, body);
  }
  Reply patch(const std::string& address, const std::string& offset, const std::string& body,
              const std::string& fields = {}) {
    return with_tus("PATCH", address,
                    "Content-Type: application/offset+octet-stream\r\nUpload-Offset: " + offset +
                        "\r\n" + fields,
                    body);
  }
  std::string create(const std::string& fields) {
    return std::string(with_tus("POST", std::string(kUploadPath), fields).field("Location"));
  }

  catalogue::test::TemporaryFolder folder_;
  UploadStore store_{folder_.file("uploads")};
  std::unique_ptr<catalogue::Catalogue> catalogue_ =
      catalogue::test::must_open(folder_.file("catalogue.db"));
  core::ControlThread control_;
  Uploads uploads_{
      {.home = *core_,
       .control = control_,
       .catalogue = *catalogue_,
       .store = store_,
       .limits = {.size_max = 1'000, .free_floor = 0},
       .accepted = {
           .self = nullptr,
           .show = [](void*, catalogue::VideoChange) -> core::Task<> { co_return; },
           .to_json = [](void*, const catalogue::VideoRecord&) { return std::string("{}"); }},
       .metrics = metrics_}};
  TusRoutes tus_{uploads_};
  UploadRoutes routes_{uploads_, tus_};
};

TEST_F(Tus, UP_01_EveryAnswerCarriesTheVersionAndAnotherVersionIs412) {
  const std::string address = create("Upload-Length: 5\r\n");
  for (const char* method : {"POST", "HEAD", "PATCH", "DELETE"}) {
    const std::string target = method == std::string("POST") ? std::string(kUploadPath) : address;
    const Reply reply = ask(method, target, "Tus-Resumable: 0.2.2\r\nUpload-Length: 5\r\n");
    EXPECT_EQ(reply.status, 412) << method;
    EXPECT_EQ(reply.field("Tus-Version"), "1.0.0") << method;
    EXPECT_EQ(reply.field("Tus-Resumable"), "1.0.0") << method;
  }
  EXPECT_EQ(with_tus("HEAD", address).field("Tus-Resumable"), "1.0.0");
  EXPECT_EQ(patch(address, "9", "x").field("Tus-Resumable"), "1.0.0");
}

TEST_F(Tus, UP_01_OptionsListVersionExtensionsAndLimits) {
  const Reply reply = ask("OPTIONS", std::string(kUploadPath), "");
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.field("Tus-Version"), "1.0.0");
  EXPECT_EQ(reply.field("Tus-Max-Size"), "1000");
  EXPECT_EQ(reply.field("Tus-Checksum-Algorithm"), "sha1,md5,sha256,crc32");
  EXPECT_EQ(reply.field("Tus-Extension"),
            "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination");
}

TEST_F(Tus, UP_01_CreationNeedsALengthOrDefersIt) {
  EXPECT_NE(create("Upload-Length: 5\r\nUpload-Metadata: filename YS5tcDQ=\r\n"), "");
  EXPECT_NE(create("Upload-Defer-Length: 1\r\n"), "");
  const std::string path(kUploadPath);
  EXPECT_EQ(with_tus("POST", path).status, 400);
  EXPECT_EQ(with_tus("POST", path, "Upload-Defer-Length: 2\r\n").status, 400);
  EXPECT_EQ(with_tus("POST", path, "Upload-Length: -1\r\n").status, 400);
  EXPECT_EQ(with_tus("POST", path, "Upload-Length: 5\r\nUpload-Metadata: a *\r\n").status, 400);
  EXPECT_EQ(with_tus("POST", path, "Upload-Length: 1001\r\n").status, 413);
}

TEST_F(Tus, UP_01_HeadTellsOffsetAndLengthAndIsNotStored) {
  const std::string address = create("Upload-Length: 5\r\n");
  patch(address, "0", "hel");
  const Reply reply = with_tus("HEAD", address);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Upload-Offset"), "3");
  EXPECT_EQ(reply.field("Upload-Length"), "5");
  EXPECT_EQ(reply.field("Cache-Control"), "no-store");
}

TEST_F(Tus, UP_01_PatchAppendsAtTheOffset) {
  const std::string address = create("Upload-Length: 5\r\n");
  const Reply first = patch(address, "0", "hel");
  EXPECT_EQ(first.status, 204);
  EXPECT_EQ(first.field("Upload-Offset"), "3");
  EXPECT_EQ(patch(address, "3", "lo").field("Upload-Offset"), "5");
  EXPECT_EQ(catalogue_->load_videos()->size(), 1U);
}

TEST_F(Tus, UP_01_PatchRefusesAnotherOffsetTypeOrTooMuch) {
  const std::string address = create("Upload-Length: 5\r\n");
  EXPECT_EQ(patch(address, "1", "x").status, 409);
  EXPECT_EQ(patch(address, "0", "too much").status, 413);
  EXPECT_EQ(
      with_tus("PATCH", address, "Upload-Offset: 0\r\nContent-Type: video/mp4\r\n", "x").status,
      415);
  EXPECT_EQ(with_tus("HEAD", address).field("Upload-Offset"), "0");
}

TEST_F(Tus, UP_01_ADeferredLengthIsSettledOnce) {
  const std::string address = create("Upload-Defer-Length: 1\r\n");
  EXPECT_EQ(with_tus("HEAD", address).field("Upload-Defer-Length"), "1");
  EXPECT_EQ(patch(address, "0", "hel", "Upload-Length: 5\r\n").status, 204);
  EXPECT_EQ(with_tus("HEAD", address).field("Upload-Length"), "5");
  EXPECT_EQ(patch(address, "3", "lo", "Upload-Length: 6\r\n").status, 400);
}

TEST_F(Tus, UP_01_CreationWithUploadTellsTheOffset) {
  const Reply reply =
      with_tus("POST", std::string(kUploadPath),
               "Upload-Length: 5\r\nContent-Type: application/offset+octet-stream\r\n", "hel");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.field("Upload-Offset"), "3");
}

TEST_F(Tus, UP_01_AWrongChecksumIs460AndTheBodyIsDropped) {
  const std::string address = create("Upload-Length: 5\r\n");
  const auto field = [](const char* name, core::Digest::Kind kind, std::string_view bytes) {
    const std::string digest = core::digest_of(kind, core::bytes_of(bytes));
    return std::string("Upload-Checksum: ") + name + " " +
           core::encode_base64(core::bytes_of(digest)) + "\r\n";
  };
  EXPECT_EQ(patch(address, "0", "hello", field("sha1", core::Digest::Kind::kSha1, "other")).status,
            460);
  EXPECT_EQ(with_tus("HEAD", address).field("Upload-Offset"), "0");
  EXPECT_EQ(patch(address, "0", "hello", "Upload-Checksum: sha512 aGVsbG8=\r\n").status, 400);
  EXPECT_EQ(patch(address, "0", "hello", field("md5", core::Digest::Kind::kMd5, "hello")).status,
            204);
}

TEST_F(Tus, UP_01_AnUnfinishedUploadExpiresWhenItSays) {
  const std::string address = create("Upload-Length: 5\r\n");
  EXPECT_TRUE(with_tus("HEAD", address).field("Upload-Expires").ends_with(" GMT"));
  clock_.advance(std::chrono::hours(25));
  EXPECT_EQ(core_->block_on(uploads_.expire_once()).value(), 1U);
  EXPECT_EQ(with_tus("HEAD", address).status, 410);
  EXPECT_EQ(patch(address, "0", "hello").status, 410);
}

TEST_F(Tus, UP_01_TerminationFreesTheUpload) {
  const std::string address = create("Upload-Length: 5\r\n");
  EXPECT_EQ(with_tus("DELETE", address).status, 204);
  EXPECT_EQ(with_tus("HEAD", address).status, 410);
  EXPECT_TRUE(store_.list()->empty());
  EXPECT_EQ(with_tus("DELETE", std::string(kUploadPath) + "/AAAAAAAAAAA").status, 404);
}

TEST_F(Tus, UP_01_PartialBytesOutliveTheConnectionAndTheNewerPatchWins) {
  const std::string address = create("Upload-Length: 11\r\n");
  const std::string head =
      "PATCH " + address +
      " HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
      "Content-Type: application/offset+octet-stream\r\nContent-Length: 11\r\n\r\n";
  Client silent = connect();
  silent.send(head + "hello");
  pump_.settle();
  EXPECT_EQ(with_tus("HEAD", address).field("Upload-Offset"), "5");
  EXPECT_EQ(patch(address, "5", " world").status, 204);
  EXPECT_EQ(catalogue_->load_videos()->size(), 1U);
}

}  // namespace
}  // namespace millrace::media::upload
