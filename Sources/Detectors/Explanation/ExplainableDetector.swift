package import Geometry
package import Imaging

/// A detector that can say what it made of a place in a picture: the best candidates there, found or
/// missed, and what became of each.
///
/// Explaining runs the networks once more and looks at every cell near the place; detection itself
/// keeps nothing for it.
package protocol ExplainableDetector: Detector {
  /// Explains one pass over a picture.
  ///
  /// - Parameters:
  ///   - look: How the pass is made. It must be one that the detector can make.
  /// - Returns: All in pixels of `image`.
  /// - Throws: `DetectorError`, `GraphError`.
  func explain(
    _ image: Image, _ question: ExplanationQuestion, look: ExplanationLook
  ) throws -> PassExplanation
}

/// Where in a picture something was found or missed.
package struct ExplanationQuestion: Hashable, Sendable {
  /// In pixels of the picture.
  package var box: Box
  /// Candidates count as near from this IoU on. Where none comes so near, the nearest are told.
  package var leastOverlap = 0.3
  /// Candidates told at most.
  package var count = 5

  package init(box: Box) { self.box = box }

  /// The places of the candidates to tell: the surest of those near the box; else the nearest.
  ///
  /// - Parameter candidates: Score and IoU with the box of each.
  package func choose(_ candidates: [(score: Double, overlap: Double)]) -> [Int] {
    let near = candidates.indices.filter { candidates[$0].overlap >= leastOverlap }
    func first(_ places: [Int], _ isBefore: (Int, Int) -> Bool?) -> [Int] {
      Array(places.sorted { isBefore($0, $1) ?? ($0 < $1) }.prefix(max(count, 0)))
    }
    if !near.isEmpty {
      return first(near) { a, b in
        let (first, second) = (candidates[a].score, candidates[b].score)
        return first != second ? first > second : nil
      }
    }
    let touching = candidates.indices.filter { candidates[$0].overlap > 0 }
    return first(touching) { a, b in
      let (first, second) = (candidates[a].overlap, candidates[b].overlap)
      return first != second ? first > second : nil
    }
  }
}

/// How a detector looks in one pass.
package struct ExplanationLook: Hashable, Sendable {
  /// The network's input; `nil` for the detector's own choice.
  package var inputSize: Size?
  /// Instead of the family's own.
  package var resampling: InputResampling?
  /// Names of the heads that speak; `nil` for all.
  package var levels: [String]?

  package init(
    inputSize: Size? = nil, resampling: InputResampling? = nil, levels: [String]? = nil
  ) {
    self.inputSize = inputSize
    self.resampling = resampling
    self.levels = levels
  }
}

/// What one pass made of a place.
package struct PassExplanation: Sendable {
  /// The network's input; of the cascade the picture's size.
  package var inputSize: Size
  /// In the order of `ExplanationQuestion.choose`.
  package var candidates: [CandidateExplanation]
  /// What the pass found, surest first.
  package var detections: [Detection]
}

/// A candidate, where it came from and what became of it.
package struct CandidateExplanation: Sendable {
  /// The cell of an output's grid that speaks for the candidate.
  package struct Cell: Hashable, Sendable {
    package var column: Int
    package var row: Int
    /// Pixels of the network's input (of the cascade's level) per cell.
    package var strideInPixels: Int
  }

  /// One of the boxes that a cell starts from.
  package struct Prior: Hashable, Sendable {
    package var index: Int
    package var anchor: Anchor
  }

  /// A number that the score is made of.
  package struct Factor: Hashable, Sendable {
    package var name: String
    package var value: Double
  }

  /// A comparison on the candidate's way.
  package struct Step: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
      /// The score against the least score of a detection.
      case score
      /// A heatmap's cell against the largest of its 3 x 3 window.
      case peak
      /// The overlap with the detection (or proposal) that removed it against the largest allowed.
      case overlap
      /// Scores of the cascade's networks against their least scores.
      case proposal, refinement, output
    }

    package var kind: Kind
    package var value: Double
    package var limit: Double
    package var isPassed: Bool

    package init(_ kind: Kind, _ value: Double, limit: Double, isPassed: Bool) {
      self.kind = kind
      self.value = value
      self.limit = limit
      self.isPassed = isPassed
    }
  }

  package enum Outcome: Hashable, Sendable {
    /// It is a detection of the pass, by index.
    case found(Int)
    /// The last step says by how much.
    case belowThreshold
    /// Its cell is not the largest of its window.
    case notPeak
    /// Its class was not asked for.
    case unwantedClass
    /// A surer one removed it: which detection of the pass, where that was not removed later.
    case suppressed(by: Int?)
    /// It was a detection of its pass, but that pass does not answer for it: its size is another
    /// pass's, or a side of the window cuts it.
    case leftToOtherPass
    /// Merging the passes removed it or made it part of a surer one: of which detection, where that
    /// was not removed later.
    case merged(into: Int?)
    /// Too many were surer.
    case beyondLimit
    /// Nothing of it lies in the picture.
    case outside
    /// Its box has no area.
    case empty

    package var isFound: Bool {
      if case .found = self { return true }
      return false
    }
  }

  /// `P4`, or of the cascade `level 3 (x0.213)`; empty where the outputs are no grids.
  package var level: String
  package var cell: Cell?
  package var prior: Prior?
  /// Before it is cut to the picture.
  package var detection: Detection
  /// IoU with the box in question.
  package var overlap: Double
  /// Their product (as the family has it) is the score; empty where it is one number.
  package var factors: [Factor] = []
  /// Of heatmaps, by rows: the 3 x 3 window around the cell; `nil` beyond the border.
  package var window: [Double?] = []
  package var steps: [Step] = []
  package var outcome: Outcome
}
