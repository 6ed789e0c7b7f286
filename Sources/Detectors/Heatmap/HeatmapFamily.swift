internal import Geometry

/// The detector families whose networks predict heatmaps.
package enum HeatmapFamily: String, Hashable, Sendable, CaseIterable {
  /// CenterNet, "Objects as Points" (Zhou et al. 2019, arXiv:1904.07850).
  case centernet
  /// CenterFace (Xu et al. 2019, arXiv:1911.03599): faces with five landmarks.
  case centerface
  /// Differentiable binarisation (Liao et al. 2020, arXiv:1911.08947): lines of text.
  case dbText = "db-text"

  /// The family of a name, in any case; `nil` for a name of none.
  package init?(named name: String) { self.init(rawValue: name.lowercased()) }

  /// The score that a detection must exceed, as the published programs have it.
  package var defaultScoreThreshold: Double {
    switch self {
    case .centernet: 0.3
    case .centerface, .dbText: 0.5
    }
  }

  /// 0 means no limit.
  package var defaultMaxDetections: Int {
    switch self {
    case .centernet: 100
    case .centerface: 0
    case .dbText: 1000
    }
  }

  /// How a picture's size becomes the network's where the caller fixes none.
  var inputSizing: InputSizing {
    switch self {
    case .centernet: .fixed(Size(width: 512, height: 512))
    case .centerface: .roundedUp(multiple: 32)
    case .dbText: .shortestSide(736, multiple: 32)
    }
  }
}
