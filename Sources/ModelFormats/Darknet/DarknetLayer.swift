/// One section of a Darknet network with its numbers read and its sizes known.
struct DarknetLayer {
  /// Channels, rows and columns of a layer's output, for one picture.
  struct Shape: Hashable, CustomStringConvertible {
    var channels: Int
    var height: Int
    var width: Int

    var count: Int { channels * height * width }
    var description: String { "\(channels)x\(height)x\(width)" }
  }

  struct Convolution {
    var filters: Int
    var size: Int
    var strideX: Int
    var strideY: Int
    var padding: Int
    var dilation: Int
    var groups: Int
    var isNormalized: Bool
    var activation: DarknetActivation
  }

  struct Local {
    var filters: Int
    var size: Int
    var stride: Int
    var padding: Int
    var activation: DarknetActivation
  }

  /// Zero or negative infinity around the picture, per side.
  struct MaxPool {
    var size: Int
    var strideX: Int
    var strideY: Int
    var begin: Int
    var endX: Int
    var endY: Int
  }

  enum Operation {
    case convolution(Convolution)
    case local(Local)
    case connected(outputs: Int, isNormalized: Bool, activation: DarknetActivation)
    case maxPool(MaxPool)
    case globalAveragePool
    /// Concatenation of part `groupIndex` of `groups` equal parts of each input's channels.
    case route(groups: Int, groupIndex: Int)
    case shortcut(activation: DarknetActivation)
    /// The product of two inputs: one factor per channel, or one per element.
    case product(activation: DarknetActivation)
    case upsample(stride: Int, scale: Float)
    case reorg(stride: Int)
    case spaceToDepth(stride: Int)
    case identity
    case head(DarknetHead)
  }

  /// Where a layer reads: the network's input or the output of an earlier section.
  enum Source: Hashable {
    case input
    case section(Int)
  }

  /// Counted from 0 after `[net]`.
  var section: Int
  /// The section's name.
  var name: String
  var operation: Operation
  var sources: [Source]
  /// Shapes of the sources.
  var inputs: [Shape]
  var output: Shape

  /// The name of the output value: `conv_3` for a convolutional section, else the section's name
  /// and number.
  var outputName: String {
    if case .convolution = operation { "conv_\(section)" } else { "\(name)_\(section)" }
  }

  /// The number of stored weights in the order of the file; `nil` on overflow.
  var weightCounts: [(name: String, count: Int)]? {
    switch operation {
    case .convolution(let convolution):
      guard
        let count = checkedProduct([
          convolution.filters, inputs[0].channels / convolution.groups, convolution.size,
          convolution.size,
        ])
      else { return nil }
      let normalization = convolution.isNormalized ? normalization(convolution.filters) : []
      return [("biases", convolution.filters)] + normalization + [("weights", count)]
    case .connected(let outputs, let isNormalized, _):
      guard let count = checkedProduct([outputs, inputs[0].count]) else { return nil }
      let normalization = isNormalized ? normalization(outputs) : []
      return [("biases", outputs), ("weights", count)] + normalization
    case .local(let local):
      guard
        let count = checkedProduct([
          output.height, output.width, local.filters, inputs[0].channels, local.size, local.size,
        ])
      else { return nil }
      return [("biases", output.count), ("weights", count)]
    default: return []
    }
  }

  private func normalization(_ count: Int) -> [(name: String, count: Int)] {
    [("scales", count), ("rolling_mean", count), ("rolling_variance", count)]
  }
}

/// The product of non-negative numbers, or `nil` when it overflows.
func checkedProduct(_ factors: [Int]) -> Int? {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    product = next
  }
  return product
}
