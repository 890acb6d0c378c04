#include "views/kinds/search/search_query.h"

#include <algorithm>

#include "views/sqlite/database.h"

namespace daybook::views::search {
namespace {

struct Term {
  std::string text;
  bool is_prefix = false;
  bool is_excluded = false;
};

// A zero would end the expression for SQLite, inside of quotes too.
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

std::vector<Term> terms_of(std::string_view text) {
  std::vector<Term> terms;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) return terms;
    Term term;
    if (text[at] == '-' && at + 1 < text.size() && !is_space(text[at + 1])) {
      term.is_excluded = true;
      ++at;
    }
    if (text[at] == '"') {
      const auto end = text.find('"', at + 1);
      term.text = text.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
      std::ranges::replace(term.text, '\0', ' ');
      at = end == std::string_view::npos ? text.size() : end + 1;
    } else {
      while (at < text.size() && !is_space(text[at]) && text[at] != '"') term.text += text[at++];
      if (term.text.size() > 1 && term.text.back() == '*') {
        term.text.pop_back();
        term.is_prefix = true;
      }
    }
    if (at < text.size() && text[at] == '*' && !term.text.empty()) {
      term.is_prefix = true;
      ++at;
    }
    if (!term.text.empty()) terms.push_back(std::move(term));
  }
}

}  // namespace

Result<std::string> match_expression(std::string_view text,
                                     const std::vector<std::string>& fields) {
  if (text.size() > kMaxQueryBytes) {
    return fail(ErrorCode::kInvalid,
                "a search has at most " + std::to_string(kMaxQueryBytes) + " bytes");
  }
  const auto terms = terms_of(text);
  if (terms.size() > kMaxTerms) {
    return fail(ErrorCode::kInvalid,
                "a search has at most " + std::to_string(kMaxTerms) + " words");
  }
  std::string wanted;
  std::string unwanted;
  for (const auto& term : terms) {
    auto& side = term.is_excluded ? unwanted : wanted;
    if (!side.empty()) side += term.is_excluded ? " OR " : " AND ";
    side += sqlite::quoted(term.text) + (term.is_prefix ? " *" : "");
  }
  if (wanted.empty()) {
    return fail(ErrorCode::kInvalid, "a search needs at least one word that is not excluded");
  }
  auto expression = unwanted.empty() ? wanted : "(" + wanted + ") NOT (" + unwanted + ")";
  if (fields.empty()) return expression;
  std::string names;
  for (const auto& field : fields) names += (names.empty() ? "" : " ") + sqlite::quoted(field);
  return "{" + names + "} : (" + expression + ")";
}

}  // namespace daybook::views::search
