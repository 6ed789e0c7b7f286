/// One tensor that a network gives, as recognition sees it.
package struct HeadOutput: Hashable, Sendable {
  package var name: String
  package var shape: [Int]
  package var trace: OutputTrace

  package init(name: String, shape: [Int], trace: OutputTrace = OutputTrace()) {
    self.name = name
    self.shape = shape
    self.trace = trace
  }
}

/// A decoder and the network outputs it reads, by index.
package struct GridHead: Sendable {
  package var outputs: [Int]
  package var decoder: any GridDecoder

  package init(outputs: [Int], decoder: any GridDecoder) {
    self.outputs = outputs
    self.decoder = decoder
  }
}

/// How a network's outputs are to be read.
package struct GridPlan: Sendable {
  package var family: GridFamily
  package var classCount: Int
  package var heads: [GridHead]
}
