internal import Geometry

/// How far detections agree with those of a reference, at IoU 0.5 and by size: what can be said of
/// two ways to look at pictures without labels.
package struct Agreement: Hashable, Sendable {
  package struct Counts: Hashable, Sendable {
    /// The reference's boxes that were found.
    package var shared = 0
    package var reference = 0
    package var own = 0
    /// Own boxes that the reference has too.
    package var confirmed = 0

    /// Of the reference's boxes, the share that was found; `nil` without any.
    package var recall: Double? { reference > 0 ? Double(shared) / Double(reference) : nil }
    /// Of the own boxes, the share that the reference has; `nil` without any.
    package var precision: Double? { own > 0 ? Double(confirmed) / Double(own) : nil }
    /// The harmonic mean of both; 1 where neither has boxes.
    package var balance: Double {
      reference + own > 0 ? Double(shared + confirmed) / Double(reference + own) : 1
    }
  }

  package private(set) var all = Counts()
  package private(set) var small = Counts()
  package private(set) var medium = Counts()
  package private(set) var large = Counts()

  package init() {}

  /// Adds one picture.
  ///
  /// - Parameters:
  ///   - found: What is judged.
  ///   - reference: What it is held to. A box's size is its own, so a pair may count under two
  ///     sizes.
  ///   - classCount: Detections of other class indices are left out.
  package mutating func add(
    _ found: [ScoredPicture.Found], reference: [ScoredPicture.Found], classCount: Int
  ) {
    for index in 0..<classCount {
      let own = found.filter { $0.classIndex == index }
      let others = reference.filter { $0.classIndex == index }
      if own.isEmpty && others.isEmpty { continue }
      let pairs = Pairing.pairs(own.map(\.box), others.map(\.box), least: 0.5)
      let ownPaired = own.indices.map { pairs.ofFirst[$0] != nil }
      count(
        own.map(\.box.area), { ownPaired[$0] },
        { counts, isPaired in
          counts.own += 1
          counts.confirmed += isPaired ? 1 : 0
        })
      let othersPaired = others.indices.map { pairs.ofSecond[$0] != nil }
      count(
        others.map(\.box.area), { othersPaired[$0] },
        { counts, isPaired in
          counts.reference += 1
          counts.shared += isPaired ? 1 : 0
        })
    }
  }

  private mutating func count(
    _ areas: [Double], _ isPaired: (Int) -> Bool, _ body: (inout Counts, Bool) -> Void
  ) {
    for (index, area) in areas.enumerated() {
      body(&all, isPaired(index))
      if area < AreaRange.small.greatest {
        body(&small, isPaired(index))
      } else if area <= AreaRange.medium.greatest {
        body(&medium, isPaired(index))
      } else {
        body(&large, isPaired(index))
      }
    }
  }
}

/// Boxes of two lists joined one to one, greatest overlap first.
enum Pairing {
  /// - Returns: For each box of either list the index of its partner in the other.
  static func pairs(
    _ first: [OriginSizeBox], _ second: [OriginSizeBox], least: Double
  ) -> (ofFirst: [Int?], ofSecond: [Int?]) {
    var candidates: [(overlap: Double, first: Int, second: Int)] = []
    for (f, box) in first.enumerated() {
      for (s, other) in second.enumerated() {
        let overlap = box.overlap(with: other, isCrowd: false)
        if overlap >= least { candidates.append((overlap, f, s)) }
      }
    }
    candidates.sort {
      $0.overlap != $1.overlap
        ? $0.overlap > $1.overlap : ($0.first, $0.second) < ($1.first, $1.second)
    }
    var ofFirst = [Int?](repeating: nil, count: first.count)
    var ofSecond = [Int?](repeating: nil, count: second.count)
    for pair in candidates where ofFirst[pair.first] == nil && ofSecond[pair.second] == nil {
      ofFirst[pair.first] = pair.second
      ofSecond[pair.second] = pair.first
    }
    return (ofFirst, ofSecond)
  }
}
