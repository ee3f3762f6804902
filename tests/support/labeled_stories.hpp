#pragma once

#include "text/prepare.hpp"

/// Stories that somebody has labeled, by their number from 0.
inline sgtm::SourceDocuments labeled_stories(sgtm::Source source, sgtm::Language language, sgtm::Index count,
                                             const std::function<sgtm::Label(std::size_t)>& label) {
  sgtm::SourceDocuments stories = sgtm::story_documents(sgtm::name(source), language, 1, count);
  stories.labeled = true;
  stories.documents = [of = stories.documents, label](const sgtm::DocumentVisitor& visit) {
    of([&](std::vector<sgtm::Document>& block) {
      for (std::size_t i = 0; i < block.size(); ++i) block[i].labeling.label = label(i);
      visit(block);
    });
  };
  return stories;
}
