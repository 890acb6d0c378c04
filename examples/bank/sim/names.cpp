#include "names.h"

#include <fmt/format.h>

#include <cctype>

namespace bank {
namespace {

constexpr std::array<std::string_view, 24> kOpenings{
    "al", "be", "ca", "da", "e",  "fi", "ga", "he", "i",  "jo", "ka", "le",
    "ma", "ni", "o",  "pe", "ra", "sa", "te", "u",  "va", "wi", "ya", "zo"};
constexpr std::array<std::string_view, 16> kMiddles{"la", "ri", "ne", "mo", "sa", "ti", "do", "vi",
                                                    "ra", "li", "na", "be", "ko", "mi", "ro", "fe"};
constexpr std::array<std::string_view, 10> kGivenEndings{"n",  "ra", "na",  "s",  "lo",
                                                         "da", "th", "lia", "ro", "ne"};
constexpr std::array<std::string_view, 10> kFamilyEndings{"rsen", "ller", "velo", "mann", "tti",
                                                          "son",  "gard", "ques", "berg", "nova"};
constexpr std::array<std::string_view, 8> kReferences{"rent",
                                                      "invoice",
                                                      "dinner, thanks",
                                                      "présent d'anniversaire",
                                                      "loan \"first part\"",
                                                      "gym\tmembership",
                                                      "tickets \U0001F39F",
                                                      "back\\slash & co"};

template <std::size_t N>
std::string_view pick(Random& random, const std::array<std::string_view, N>& from) {
  return from[static_cast<std::size_t>(random.below(N))];
}

std::string capitalized(std::string word) {
  word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return word;
}

}  // namespace

std::string given_name(Random& random) {
  std::string word{pick(random, kOpenings)};
  word += pick(random, kMiddles);
  word += pick(random, kGivenEndings);
  return capitalized(std::move(word));
}

std::string family_name(Random& random) {
  std::string word{pick(random, kOpenings)};
  if (random.chance(50)) word += pick(random, kMiddles);
  word += pick(random, kFamilyEndings);
  return capitalized(std::move(word));
}

std::string shop_name(std::int64_t number) {
  Random random(0, static_cast<std::uint64_t>(number));
  auto category = kCategories[static_cast<std::size_t>(number) % kCategories.size()];
  return fmt::format("{} {} {}", family_name(random), category, number);
}

std::string account_number(std::int64_t account_id) {
  std::int64_t check = 98 - account_id % 97 * 100 % 97;
  return fmt::format("DB{:02} 0001 {:04} {:04}", check, account_id / 10'000 % 10'000,
                     account_id % 10'000);
}

std::string transfer_reference(Random& random) {
  return fmt::format("{} {}", pick(random, kReferences), random.below(10'000));
}

}  // namespace bank
