/// How a network's outputs are read as a list of boxes. Numbers count the network's outputs.
package enum BoxListLayout: Hashable, Sendable {
  /// What turns class logits into scores.
  package enum Activation: Hashable, Sendable {
    case none
    case sigmoid
    /// Over all classes, of which the last means no object.
    case softmaxWithNoObject
  }

  /// Where things stand in a row.
  package struct Columns: Hashable, Sendable {
    package var width: Int
    package var corners: Int
    package var score: Int
    package var label: Int
    /// The picture's number, where rows of several pictures stand together.
    package var picture: Int?
    /// Whether a box is its centre and size in 0...1 in place of corners in pixels.
    package var hasCentres = false

    package init(width: Int, corners: Int, score: Int, label: Int, picture: Int? = nil) {
      self.width = width
      self.corners = corners
      self.score = score
      self.label = label
      self.picture = picture
    }

    /// Corners, score, class (YOLOv10, Ultralytics' exports with suppression).
    package static let cornersScoreLabel = Columns(width: 6, corners: 0, score: 4, label: 5)
    /// Class, score, corners (PaddleDetection).
    package static let labelScoreCorners = Columns(width: 6, corners: 2, score: 1, label: 0)
    /// Picture, corners, class, score (YOLOv7's end-to-end export).
    package static let pictureCornersLabelScore = Columns(
      width: 7, corners: 1, score: 6, label: 5, picture: 0)
    /// Centre and size in 0...1, score, class (Ultralytics' RT-DETR since 8.4).
    package static let centresScoreLabel: Columns = {
      var columns = cornersScoreLabel
      columns.hasCentres = true
      return columns
    }()
  }

  /// Logits or scores `[1, queries, classes]`, boxes `[1, queries, 4]`: centre and size in 0...1; or
  /// quadrilaterals `[1, queries, 10]`: centre, then the four corners' offsets from it plus 0.5.
  case queries(scores: Int, boxes: Int, Activation)
  /// `[1, queries, 4 + classes]`: centre and size in 0...1, then scores.
  case joinedQueries(output: Int)
  /// `[rows, width]`, in input pixels unless the columns say otherwise.
  case rows(output: Int, Columns)
  /// Boxes `[..., rows, 4]`, scores `[..., rows]` and labels `[..., rows]`; the number of rows that
  /// count, where an output tells it.
  case lists(boxes: Int, scores: Int, labels: Int, count: Int?, BoxForm)
  /// Corners and score `[..., rows, 5]`, labels `[..., rows]`.
  case cornersWithScore(boxes: Int, labels: Int)

  /// What four numbers of a box mean.
  package struct BoxForm: Hashable, Sendable {
    /// Whether they count in the input's sides rather than in pixels.
    package var isNormalized = false
    /// Whether y comes before x.
    package var isYFirst = false

    package init(isNormalized: Bool = false, isYFirst: Bool = false) {
      self.isNormalized = isNormalized
      self.isYFirst = isYFirst
    }
  }
}
