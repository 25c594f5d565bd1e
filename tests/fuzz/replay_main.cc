// Runs a fuzz target without libFuzzer: over every file of the corpus folders named as arguments
// and over a fixed number of mutations of each, the same in every run.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Input = std::vector<uint8_t>;

constexpr int kMutationsPerInput = 200;
constexpr size_t kInputSizeMax = size_t{1} << 20;

/// xorshift64*: the standard engines may differ between libraries, this may not.
class Draw {
 public:
  explicit Draw(uint64_t seed) : state_(seed * 2 + 1) {}

  size_t below(size_t limit) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<size_t>((state_ * 0x2545F4914F6CDD1DULL) >> 33) % limit;
  }

 private:
  uint64_t state_;
};

void run(const Input& input) {
  // A buffer of exactly this size, so that the address sanitizer sees a read past its end.
  const Input exact(input);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void change_once(Input& input, Draw& draw) {
  constexpr uint8_t kTelling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, '\n', '\r', '"', '{', '[', '%'};
  const size_t place = draw.below(input.size() + 1);
  const auto at = input.begin() + static_cast<std::ptrdiff_t>(place);
  switch (draw.below(6)) {
    case 0: input.resize(place); return;
    case 1: input.insert(at, static_cast<uint8_t>(draw.below(256))); return;
    case 2: {
      const size_t size = std::min(input.size() - place, draw.below(64));
      const Input copy(at, at + static_cast<std::ptrdiff_t>(size));
      if (input.size() + size <= kInputSizeMax) input.insert(at, copy.begin(), copy.end());
      return;
    }
    case 3:
      if (at != input.end()) input.erase(at);
      return;
    case 4:
      if (at != input.end()) *at = kTelling[draw.below(std::size(kTelling))];
      return;
    default:
      if (at != input.end()) *at = static_cast<uint8_t>(*at ^ (1U << draw.below(8)));
  }
}

void run_with_mutations(const Input& seed, uint64_t number) {
  run(seed);
  Draw draw(number);
  for (int i = 0; i < kMutationsPerInput; ++i) {
    Input input = seed;
    for (size_t changes = 1 + draw.below(4); changes > 0; --changes) change_once(input, draw);
    run(input);
  }
}

Input read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return Input(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  // Directory order is the file system's; the mutations depend on it.
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t number = 0;
  run_with_mutations({}, number++);
  for (int i = 1; i < argc; ++i) {
    const auto files = files_below(argv[i]);
    if (files.empty()) {
      std::fprintf(stderr, "%s: no corpus file\n", argv[i]);
      return 1;
    }
    for (const auto& file : files) run_with_mutations(read_file(file), number++);
  }
  std::printf("%llu inputs, %d mutations of each\n", static_cast<unsigned long long>(number),
              kMutationsPerInput);
  return 0;
}
