// Names for people, towns and shops that exist nowhere else: people's are put together from
// syllables.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "random.h"

namespace bank {

struct City {
  std::string_view name;
  std::int64_t lat_microdegrees;
  std::int64_t lon_microdegrees;
};

inline constexpr std::array<City, 12> kCities{{
    {"Lisbon", 38'722'300, -9'139'300},
    {"Porto", 41'157'900, -8'629'100},
    {"Madrid", 40'416'800, -3'703'800},
    {"Valencia", 39'469'900, -376'300},
    {"Lyon", 45'764'000, 4'835'700},
    {"Turin", 45'070'300, 7'686'900},
    {"Zurich", 47'376'900, 8'541'700},
    {"Munich", 48'135'100, 11'582'000},
    {"Utrecht", 52'090'700, 5'121'400},
    {"Ghent", 51'054'300, 3'717'400},
    {"Vienna", 48'208'200, 16'373'800},
    {"Tallinn", 59'437'000, 24'753'600},
}};

inline constexpr std::array<std::string_view, 8> kCategories{
    "groceries", "fuel", "restaurant", "pharmacy", "clothing", "travel", "books", "hardware"};

std::string given_name(Random& random);
std::string family_name(Random& random);
std::string shop_name(std::int64_t number);           // unique for each number
std::string account_number(std::int64_t account_id);  // unique, with two check digits
std::string transfer_reference(Random& random);       // free text with the odd character

}  // namespace bank
