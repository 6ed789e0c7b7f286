package import Geometry

/// What each stage of the cascade passed on, and how long it took.
package struct CascadeReport: Hashable, Sendable {
  package struct Level: Hashable, Sendable {
    package var scale: Double
    package var size: Size
    /// Cells over the threshold.
    package var candidates: Int
    /// Left after suppression within the level.
    package var kept: Int
  }

  package struct Stage: Hashable, Sendable {
    package var network: CascadeNetwork
    /// For `.proposal` only.
    package var levels: [Level] = []
    /// Boxes over the threshold; for `.proposal` what the levels kept.
    package var candidates = 0
    /// Left after suppression.
    package var kept = 0
    package var seconds = 0.0
    package var multiplyAdds = 0

    package init(_ network: CascadeNetwork) { self.network = network }
  }

  /// In the order in which they ran.
  package var stages: [Stage] = []

  package var multiplyAdds: Int { stages.reduce(0) { $0 + $1.multiplyAdds } }

  /// Pixels of all levels.
  package var pixelCount: Int {
    stages.flatMap(\.levels).reduce(0) { $0 + $1.size.width * $1.size.height }
  }

  package init() {}
}
