/// What a Darknet output section (`[yolo]`, `[region]`, `[detection]`) says about the tensor that
/// feeds it. The network itself ends before the section: its tensor is raw, before any sigmoid,
/// and decoding it is the detector's work.
package struct DarknetHead: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    /// YOLOv3 and later: `[1, mask.count * (5 + classCount), rows, columns]`; per anchor the
    /// channels are tx, ty, tw, th, objectness, classes.
    case yolo
    /// YOLOv2: the same layout with every anchor.
    case region
    /// YOLOv1: `[1, rows * columns * (classCount + 5 * boxesPerCell), 1, 1]`: all class blocks first,
    /// then the confidences, then the boxes.
    case detection
  }

  /// An anchor's size: network-input pixels for `yolo`, cells for `region`.
  package struct Anchor: Hashable, Sendable {
    package var width: Float
    package var height: Float

    package init(width: Float, height: Float) {
      self.width = width
      self.height = height
    }
  }

  package var kind: Kind
  /// The graph output that feeds the section: `conv_N`, N being the number of the section that
  /// computes it, counted from 0 after `[net]`.
  package var outputName: String
  /// The section's own number, counted likewise.
  package var section: Int
  package var classCount: Int
  /// Every anchor the section lists, masked or not.
  package var anchors: [Anchor]
  /// Which anchors this head uses, in channel order; all of them for `region`.
  package var mask: [Int]
  /// Boxes a cell predicts: `mask.count`, or `num` of a `[detection]`.
  package var boxesPerCell: Int
  package var columns: Int
  package var rows: Int
  /// Width and height of the network's input in pixels.
  package var inputWidth: Int
  package var inputHeight: Int
  /// `scale_x_y`: centre offset in the cell = `scale * sigmoid(t) - (scale - 1) / 2`.
  package var scaleXY: Float = 1
  /// `new_coords=1`: the tensor is already activated and sizes are `(2 t)^2 * anchor`.
  package var usesNewCoordinates = false
  /// Classes go through a softmax instead of a sigmoid each (`region`, `detection`).
  package var usesSoftmax = false
  /// `sqrt=1` of a `[detection]`: the network predicts the square roots of width and height.
  package var predictsSquareRoots = false
  /// The anchors in use, in channel order.
  package var maskedAnchors: [Anchor] { mask.map { anchors[$0] } }

  package init(
    kind: Kind, outputName: String, section: Int, classCount: Int, anchors: [Anchor], mask: [Int],
    boxesPerCell: Int, columns: Int, rows: Int, inputWidth: Int, inputHeight: Int
  ) {
    self.kind = kind
    self.outputName = outputName
    self.section = section
    self.classCount = classCount
    self.anchors = anchors
    self.mask = mask
    self.boxesPerCell = boxesPerCell
    self.columns = columns
    self.rows = rows
    self.inputWidth = inputWidth
    self.inputHeight = inputHeight
  }
}
