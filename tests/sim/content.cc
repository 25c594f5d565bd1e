#include "tests/sim/content.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "core/assert.h"
#include "core/hash.h"
#include "tests/sim/random.h"

namespace millrace::sim {
namespace {

std::string random_bytes(uint64_t seed, size_t size) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

std::string some_text(uint64_t seed, size_t size) {
  Random random(seed);
  std::string text;
  while (text.size() < size) text += fmt::format("line {} of some text\n", random.below(1000));
  text.resize(size);
  return text;
}

void write_all(int fd, std::string_view bytes) {
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  MR_ASSERT(written == static_cast<ssize_t>(bytes.size()));
}

std::shared_ptr<const http::OpenFile> file_of(const std::string& bytes) {
  core::UniqueFd fd(::memfd_create("film", MFD_CLOEXEC));
  write_all(fd.get(), bytes);
  return std::make_shared<const http::OpenFile>(std::move(fd), bytes.size());
}

void put_file(const std::string& path, std::string_view bytes) {
  const core::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  write_all(fd.get(), bytes);
}

constexpr uint64_t kRun = 700;

}  // namespace

const Content& Content::get() {
  static const Content content;
  return content;
}

Content::Content()
    : small(some_text(1, 900)),
      text(some_text(2, 40'000)),
      shared(std::make_shared<const std::string>(random_bytes(3, 90'000))),
      film(random_bytes(4, 1'300'000)),
      page(some_text(5, 5'000)),
      segment(random_bytes(6, 70'000)),
      film_file(file_of(film)) {
  auto laying = std::make_shared<http::FileLayout>("made up before");
  laid_out = laying->head();
  for (uint64_t offset = 100'000; offset > 1000; offset -= 2 * kRun) {
    laying->append(0, offset, kRun);
    laid_out += film.substr(offset, kRun);
  }
  layout = std::move(laying);
  char name[] = "/tmp/millrace_sim_XXXXXX";
  MR_ASSERT(::mkdtemp(name) != nullptr);
  folder_path_ = name;
  put_file(folder_path_ + "/page.html", page);
  put_file(folder_path_ + "/segment.mp4", segment);
  folder = core::UniqueFd(::open(name, O_PATH | O_DIRECTORY | O_CLOEXEC));
  MR_ASSERT(folder);
}

Content::~Content() {
  for (const char* file : {"/page.html", "/segment.mp4"}) ::unlink((folder_path_ + file).c_str());
  ::rmdir(folder_path_.c_str());
}

http::FileSlices Content::whole_film() const {
  return {.head = {}, .slices = {{.file = film_file, .offset = 0, .size = film.size()}}};
}

http::FileSlices Content::pieces_of_film() const {
  http::FileSlices body{.head = "a head of its own", .slices = {}};
  for (uint64_t i = 0; i < 5; ++i) {
    body.slices.push_back(
        {.file = film_file, .offset = 1'000'000 - i * 50'000, .size = 1 + i * 999});
  }
  return body;
}

std::string Content::expected_pieces() const {
  const http::FileSlices body = pieces_of_film();
  std::string all = body.head;
  for (const http::FileSlice& slice : body.slices) all += film.substr(slice.offset, slice.size);
  return all;
}

std::string sum_of(std::string_view body) {
  return fmt::format("{} {}", body.size(), core::to_hex(core::xxh3_128(core::bytes_of(body), 0)));
}

}  // namespace millrace::sim
