package import Geometry

/// Labelled pictures: what an evaluation holds detections against.
package struct DataSet: Hashable, Sendable {
  /// A picture's or a class's number, or its name where the data set has no numbers.
  package enum Identifier: Hashable, Sendable, Comparable, CustomStringConvertible {
    case number(Int)
    case text(String)

    /// Numbers go before texts; texts by their UTF-8 bytes.
    package static func < (a: Identifier, b: Identifier) -> Bool {
      switch (a, b) {
      case (.number(let a), .number(let b)): a < b
      case (.number, .text): true
      case (.text, .number): false
      case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
      }
    }

    package var description: String {
      switch self {
      case .number(let value): "\(value)"
      case .text(let value): "\"\(value)\""
      }
    }
  }

  package struct Category: Hashable, Sendable {
    package var identifier: Identifier
    package var name: String

    package init(identifier: Identifier, name: String) {
      self.identifier = identifier
      self.name = name
    }
  }

  package struct Object: Hashable, Sendable {
    /// Source pixels, continuous coordinates.
    package var box: OriginSizeBox
    /// Index into the data set's categories.
    package var category: Int
    /// Of its outline where that is known, else of its box; square pixels.
    package var area: Double
    package var isCrowd: Bool
    /// Neither finding nor missing it counts (COCO's crowds, Pascal's difficult objects).
    package var isIgnored: Bool

    package init(
      box: OriginSizeBox, category: Int, area: Double, isCrowd: Bool = false,
      isIgnored: Bool = false
    ) {
      self.box = box
      self.category = category
      self.area = area
      self.isCrowd = isCrowd
      self.isIgnored = isIgnored || isCrowd
    }
  }

  package struct Picture: Hashable, Sendable {
    package var identifier: Identifier
    /// Relative to the folder of pictures.
    package var fileName: String
    /// Where the annotations say it.
    package var size: Size?
    package var objects: [Object]

    package init(identifier: Identifier, fileName: String, size: Size?, objects: [Object] = []) {
      self.identifier = identifier
      self.fileName = fileName
      self.size = size
      self.objects = objects
    }
  }

  /// In the order of their identifiers.
  package var categories: [Category]
  /// In the order of their identifiers: it breaks ties between equal scores.
  package var pictures: [Picture]

  package init(categories: [Category], pictures: [Picture]) {
    self.categories = categories
    self.pictures = pictures
  }

  package var objectCount: Int { pictures.reduce(0) { $0 + $1.objects.count } }
}

/// Something in a file of annotations or predictions that cannot be taken.
package struct AnnotationError: Error, Hashable, Sendable, CustomStringConvertible {
  package var path: String
  /// Counted from 1; `nil` where it is the file as a whole.
  package var line: Int?
  package var detail: String

  package init(path: String, line: Int?, _ detail: String) {
    self.path = path
    self.line = line
    self.detail = detail
  }

  package var description: String {
    line.map { "\(path):\($0): \(detail)" } ?? "\(path): \(detail)"
  }
}

/// What to do with what cannot be taken.
package struct Leniency: Sendable {
  /// Whether single annotations are left out, counted, instead of ending the reading.
  package let isLenient: Bool
  package private(set) var leftOut = 0
  /// The first few, for messages.
  package private(set) var examples: [AnnotationError] = []

  private static let exampleLimit = 5

  package init(isLenient: Bool) { self.isLenient = isLenient }

  /// - Throws: The error, unless single annotations are left out.
  package mutating func refuse(_ error: AnnotationError) throws(AnnotationError) {
    guard isLenient else { throw error }
    leftOut += 1
    if examples.count < Self.exampleLimit { examples.append(error) }
  }
}
