"""Reads a CSV through Spark's s3a filesystem and prints what it summed.

Nothing here sets a class path: the job works only where spark-submit was given one.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

spark = SparkSession.builder.appName("fatwood-read-csv").getOrCreate()
trips = spark.read.option("header", True).option("inferSchema", True).csv(sys.argv[1])
row = trips.agg(f.count("*").alias("rows"), f.sum("amount").alias("amount")).first()
print(f"rows={row['rows']} amount={row['amount']}")
