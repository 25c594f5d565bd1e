#include "media/catalogue/catalogue_view.h"

#include <gtest/gtest.h>

#include "media/catalogue/title_fold.h"
#include "tests/media/catalogue/test_store.h"

namespace millrace::media::catalogue {
namespace {

using test::at_ms;
using test::video;

VideoChange change(uint64_t revision, std::string id, std::string title, int64_t created_ms = 1) {
  VideoRecord record = video(id, std::move(title));
  record.created = at_ms(created_ms);
  return {revision, std::move(id), std::make_shared<const VideoRecord>(std::move(record))};
}

VideoChange removal(uint64_t revision, std::string id) {
  return {revision, std::move(id), nullptr};
}

std::vector<std::string> ids(const VideoPage& page) {
  std::vector<std::string> list;
  for (const auto& entry : page.videos) list.push_back(entry->id);
  return list;
}

TEST(CatalogueView, ListsTheNewestFirst) {
  CatalogueView view;
  view.load({change(1, "old", "a", 10), change(2, "new", "b", 30), change(3, "mid", "c", 20)});
  EXPECT_EQ(ids(view.list({})), (std::vector<std::string>{"new", "mid", "old"}));
}

TEST(CatalogueView, CutsTheListIntoPagesAndCountsAllMatches) {
  CatalogueView view;
  for (int i = 0; i < 25; ++i) view.apply(change(1, "v" + std::to_string(i), "film", i));
  EXPECT_EQ(ids(view.list({.page = 1, .page_size = 2})), (std::vector<std::string>{"v24", "v23"}));
  EXPECT_EQ(ids(view.list({.page = 13, .page_size = 2})), (std::vector<std::string>{"v0"}));
  EXPECT_EQ(view.list({.page = 14, .page_size = 2}).videos.size(), 0U);
  EXPECT_EQ(view.list({.page = 13, .page_size = 2}).total, 25U);
  EXPECT_EQ(ids(view.list({.search = "FILM", .page = 13, .page_size = 2})),
            (std::vector<std::string>{"v0"}));
}

TEST(CatalogueView, AnswersAPageFarBeyondTheEndWithNothing) {
  CatalogueView view;
  view.apply(change(1, "v", "film"));
  EXPECT_TRUE(view.list({.page = SIZE_MAX, .page_size = SIZE_MAX}).videos.empty());
  EXPECT_TRUE(view.list({.page = (SIZE_MAX / 20) + 2, .page_size = 20}).videos.empty());
  EXPECT_TRUE(view.list({.page = 1, .page_size = 0}).videos.empty());
}

TEST(CatalogueView, FindsPartsOfATitleWhateverTheCase) {
  CatalogueView view;
  view.load(
      {change(1, "de", "Über ÄÖ"), change(2, "ru", "Москва слезам"), change(3, "el", "ΟΔΟΣ")});
  EXPECT_EQ(ids(view.list({.search = "über"})), std::vector<std::string>{"de"});
  EXPECT_EQ(ids(view.list({.search = "МОСКВА"})), std::vector<std::string>{"ru"});
  EXPECT_EQ(ids(view.list({.search = "οδος"})), std::vector<std::string>{"el"});
  EXPECT_EQ(view.list({.search = "missing"}).total, 0U);
}

TEST(CatalogueView, FindsEveryWordInTitleOrTagsInAnyOrder) {
  CatalogueView view;
  auto tagged = std::make_shared<VideoRecord>(*change(1, "v", "A walk by the sea").video);
  tagged->tags = {"Holiday", "north coast"};
  view.apply({.revision = 1, .id = "v", .video = tagged});
  EXPECT_EQ(view.list({.search = "SEA walk"}).total, 1U);
  EXPECT_EQ(view.list({.search = " coast  sea "}).total, 1U);
  EXPECT_EQ(view.list({.search = "sea mountain"}).total, 0U);
  EXPECT_EQ(view.list({.search = "   "}).total, 1U) << "no word is no condition";
}

TEST(CatalogueView, FollowsANewTitle) {
  CatalogueView view;
  view.apply(change(1, "v", "before"));
  EXPECT_TRUE(view.apply(change(2, "v", "after")));
  EXPECT_EQ(view.list({.search = "before"}).total, 0U);
  EXPECT_EQ(view.list({.search = "after"}).total, 1U);
  EXPECT_EQ(view.size(), 1U);
}

TEST(CatalogueView, IgnoresAChangeThatWasOvertaken) {
  CatalogueView view;
  view.apply(change(5, "v", "newer"));
  EXPECT_FALSE(view.apply(change(4, "v", "older")));
  EXPECT_EQ(view.find("v")->title, "newer");
}

TEST(CatalogueView, DoesNotBringBackARemovedVideo) {
  CatalogueView view;
  view.apply(change(1, "v", "film"));
  EXPECT_TRUE(view.apply(removal(3, "v")));
  EXPECT_FALSE(view.apply(change(2, "v", "late")));
  EXPECT_EQ(view.find("v"), nullptr);
  EXPECT_EQ(view.size(), 0U);
}

TEST(CatalogueView, DoesNotBringBackAVideoWhoseRemovalCameFirst) {
  CatalogueView view;
  EXPECT_FALSE(view.apply(removal(3, "v")));
  EXPECT_FALSE(view.apply(change(2, "v", "late")));
  EXPECT_EQ(view.size(), 0U);
}

TEST(CatalogueView, StaysOrderedThroughManyChanges) {
  CatalogueView view;
  for (int i = 0; i < 2000; ++i) {
    view.apply(change(1, "v" + std::to_string(i), "film", (i * 7919) % 2000));
  }
  for (int i = 0; i < 2000; i += 2) view.apply(removal(2, "v" + std::to_string(i)));
  const VideoPage page = view.list({.page = 1, .page_size = 5000});
  ASSERT_EQ(page.videos.size(), 1000U);
  for (size_t i = 1; i < page.videos.size(); ++i) {
    EXPECT_GT(page.videos[i - 1]->created, page.videos[i]->created);
  }
}

TEST(FoldTitle, KeepsBytesThatAreNotUtf8) {
  EXPECT_EQ(fold_title("A\xff"
                       "B\xc3"),
            "a\xff"
            "b\xc3");
}

TEST(FoldTitle, LeavesScriptsWithoutCaseAlone) {
  EXPECT_EQ(fold_title("日本語 ABC"), "日本語 abc");
}

}  // namespace
}  // namespace millrace::media::catalogue
